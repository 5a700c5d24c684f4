"""The pictures that `headway demo` works on: public-domain drawings, listed with their authors in SOURCES.md."""

from importlib.resources import files
from pathlib import Path


def pictures() -> Path:
    """Folder of the demo pictures, one subfolder per class.

    Returns
    -------
    Path
        Holds 8 folders of 30 WebP pictures with transparency, each at most 256 pixels long.

    Examples
    --------
    >>> from headway.demo import pictures
    >>> sorted(folder.name for folder in pictures().iterdir())
    ['birds', 'desserts', 'fruit', 'houses', 'insects', 'instruments', 'mammals', 'vehicles']
    """
    return Path(str(files(__name__) / "pictures"))
