"""Checks of single files, and of what of them follows the class."""
