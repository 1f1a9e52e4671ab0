from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

import mores.measures
from mores.measures.results import Comparison, Interval

MODULES = sorted(
    f"mores.measures.{path.stem}"
    for path in Path(mores.measures.__file__).parent.glob("*.py")
    if path.stem != "__init__"
)


def test_records_are_frozen() -> None:
    comparison = Comparison(1.0, 0.5, 0.2, 3)
    with pytest.raises(FrozenInstanceError):
        comparison.p = 0.01  # type: ignore[misc]
    interval = Interval(np.array(0.1), np.array(0.2), 0.95)
    assert f"{interval.low:.2f} … {interval.high:.2f}" == "0.10 … 0.20"


def test_the_room_stands_alone_and_loads_nothing_heavy() -> None:
    code = (
        f"import sys, {', '.join(MODULES)}\n"
        "rooms = {m for m in sys.modules if m.startswith('mores.')} - {'mores.version'}\n"
        "print({m for m in rooms if not m.startswith('mores.measures')})\n"
        "print({m.split('.')[0] for m in sys.modules} & {'scipy', 'polars', 'matplotlib'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "set()"]
