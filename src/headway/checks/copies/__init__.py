"""Checks of identical and near copies, and the search for them."""
