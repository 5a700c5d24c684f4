"""Archives of images.

::

    archive ── members   what is in an archive, within bounds
"""
