"""Runs of calibrated personas to report on, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

for folder in (Path(__file__).parent, Path(__file__).parent.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from persona_material import COUNTRIES, GUIDANCE, QUESTIONS, Story, found_of, tables  # noqa: E402

from mores.report.calibrated_personas import report  # noqa: E402
from mores.report.calibrated_personas.context import Findings  # noqa: E402

ARMS = ("generic", "country", "sociodemographic+nationality", "value", "value+nationality")


@pytest.fixture(scope="session")
def story() -> Story:
    """Arms of each kind and some variants, in few countries and questions."""
    return Story(
        arms=ARMS, countries=COUNTRIES[4:8], questions=QUESTIONS[:12], guidance=GUIDANCE[:4]
    )


@pytest.fixture(scope="session")
def made(story: Story) -> dict[str, Any]:
    return tables(story)


@pytest.fixture
def respondents() -> Any:
    """`Findings.crowds` as it is."""
    return _CROWDS


_CROWDS = Findings.crowds


@pytest.fixture(autouse=True)
def _no_crowds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the humans unread: their clouds take time, and have a test of their own."""
    monkeypatch.setattr(Findings, "crowds", lambda self, countries: {})


@pytest.fixture(scope="session")
def drawn(story: Story, made: dict[str, Any]) -> dict[str, Any]:
    """All figures by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Findings, "crowds", lambda self, countries: {})
        return {chart.name: chart for chart in report.charts(found_of(story, made))}
