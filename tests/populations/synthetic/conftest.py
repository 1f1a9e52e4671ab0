from __future__ import annotations

import pytest

from mores.populations.synthetic import SyntheticModel


@pytest.fixture(scope="session")
def model() -> SyntheticModel:
    """The model with the package's parameters; it draws nothing by itself."""
    return SyntheticModel()
