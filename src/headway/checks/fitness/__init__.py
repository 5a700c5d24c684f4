"""Checks of whether data is fit for the job: whether it is the class that is learned, or a shortcut."""
