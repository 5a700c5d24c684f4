"""Write the JSON schema of every document that a command prints into docs/schemas/.

python scripts/write_schemas.py
"""

from __future__ import annotations

import json
from pathlib import Path

from headway.facts import DOCUMENTS
from headway.facts.codec import schema

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def texts() -> dict[str, str]:
    """Return the text of each schema by the name of its file."""
    return {f"{name}.json": json.dumps(schema(kind()), indent=2) + "\n" for name, kind in DOCUMENTS.items()}


def main() -> None:
    """Write them, and remove what is not one of them."""
    FOLDER.mkdir(exist_ok=True)
    current = texts()
    for path in FOLDER.glob("*.json"):
        if path.name not in current:
            path.unlink()
    for name, text in current.items():
        (FOLDER / name).write_text(text)
        print(FOLDER / name)


if __name__ == "__main__":
    main()
