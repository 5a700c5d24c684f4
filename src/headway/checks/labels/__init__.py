"""Checks of labels, by what classifiers that had not seen the images predict for them.

::

    wrong_labels       301
    confused_classes   302
    outliers           303
    confident          confident learning: which images are confidently of another class than their label
    slips              how many labels are wrong beyond what an imperfect classifier explains, and which
    neighbours         the labels of the images that are most alike
"""
