"""The fixture `desk` comes from one folder up."""

from __future__ import annotations

import sys
from pathlib import Path

if str(Path(__file__).parents[1]) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parents[1]))

from refused import desk

__all__ = ["desk"]
