"""The benchmark is a package of the repository's root, which an installed pytest does not look into."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
