"""Checks of copies: identical files, identical pixels, and near copies."""
