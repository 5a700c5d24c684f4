"""Checks of how many images of each class are in each part, and whether the parts are alike."""
