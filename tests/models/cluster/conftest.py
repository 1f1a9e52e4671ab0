"""One Ray for each file's tests; what they share stands beside them and two folders up."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, *Path(__file__).parents[1:3]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from own_ray import ray  # noqa: E402

__all__ = ["ray"]
