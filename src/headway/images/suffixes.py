"""The endings of images' names, without what reads images."""

SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif"]
    + [".heic", ".heif", ".dcm", ".dicom"]
)
"""Lower-case endings of files that count as images; their content decides how they are read."""
