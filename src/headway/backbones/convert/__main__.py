"""``python -m headway.backbones.convert NAME``."""

import sys

from headway.backbones.convert.command import main

if __name__ == "__main__":
    sys.exit(main())
