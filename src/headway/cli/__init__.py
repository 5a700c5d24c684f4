"""The command line: thin layers over the library, one small file per command."""

from headway.cli.main import main

__all__ = ["main"]
