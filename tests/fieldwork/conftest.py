"""What these tests share stands beside them, the servers that they ask one folder up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

for folder in (HERE, HERE.parent, HERE.parent / "models"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: asks servers over the network, for some seconds")
