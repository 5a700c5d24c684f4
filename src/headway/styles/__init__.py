"""Style sheets that reports, the studio and the server's page have in common: one design.

``tokens.css`` has colours, letters and corners, light and dark; ``looks.css`` what is made of them.
"""

from __future__ import annotations

from pathlib import Path

TOKENS = Path(__file__).with_name("tokens.css")
LOOKS = Path(__file__).with_name("looks.css")
