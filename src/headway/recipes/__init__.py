"""Recipes as TOML files: those that Headway ships, and a user's own.

::

    read, parse  a name or a file → NamedRecipe; a mistake names the line
    ├── lines    where in the text a key stands
    └── named    NamedRecipe and About
    write        Recipe → TOML, only what differs from the defaults
    names        what is shipped: one file each in the folder ``shipped``
"""

from headway.recipes.named import About, NamedRecipe
from headway.recipes.reading import names, parse, read
from headway.recipes.writing import write

__all__ = ["About", "NamedRecipe", "names", "parse", "read", "write"]
