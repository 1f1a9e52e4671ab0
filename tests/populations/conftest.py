"""Modules that write populations and survey files stand beside this and one folder up."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in Path(__file__).parents[:2]:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
