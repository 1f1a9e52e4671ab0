"""Figures and tables of a grounded-personas run to report on, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

here = Path(__file__).parent
for folder in (here, here.parent, here.parent / "framings"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from grounded_made import Story, found_of, tables  # noqa: E402

from mores.report.grounded_personas import report  # noqa: E402


@pytest.fixture(scope="session")
def story() -> Story:
    """Everything that a run can have."""
    return Story()


@pytest.fixture(scope="session")
def made(story: Story) -> dict[str, Any]:
    return tables(story)


@pytest.fixture(scope="session")
def found(story: Story, made: dict[str, Any]) -> Any:
    return found_of(story, made)


@pytest.fixture(scope="session")
def drawn(found: Any) -> dict[str, Any]:
    """All figures by name."""
    return {chart.name: chart for chart in report.charts(found)}
