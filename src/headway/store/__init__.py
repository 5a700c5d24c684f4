"""The feature store: what was computed from an image is stored under its content, and not computed again.

::

    store ── database     one SQLite file: its schema, migrations, locks, and what happens when it is damaged
         ├── vectors      features
         ├── image_table  facts about images
         └── stat_index   which files have not changed
"""

from headway.store.stat_index import Seen, fingerprint, is_settled
from headway.store.store import Store
from headway.store.vectors import MOST_NUMBERS, FeaturesGoneError

__all__ = ["MOST_NUMBERS", "FeaturesGoneError", "Seen", "Store", "fingerprint", "is_settled"]
