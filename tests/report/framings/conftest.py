"""Figures and tables of a framings run to report on, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

for folder in (Path(__file__).parent, Path(__file__).parent.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tables_made import Story, found_of, tables  # noqa: E402

from mores.report.framings import report  # noqa: E402


@pytest.fixture(scope="session")
def story() -> Story:
    """Everything that a run can have."""
    return Story(crossed=True, paraphrased=True)


@pytest.fixture(scope="session")
def made(story: Story) -> dict[str, Any]:
    return tables(story)


@pytest.fixture(scope="session")
def drawn(story: Story, made: dict[str, Any]) -> dict[str, Any]:
    """All figures by name."""
    return {chart.name: chart for chart in report.charts(found_of(story, made))}
