"""Checks of labels, by what classifiers that had not seen the images predict for them."""
