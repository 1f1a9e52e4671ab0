"""What the records of a set say: the four checks, and where blind readers put the actions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mores.instruments.dilemma_checks import CHECKS, BlindReading
from mores.instruments.dilemmas import ACTIONS, Dilemma
from mores.measures.proportions import share_interval
from mores.studies.dilemma_quality.results import CheckResult, Finding

__all__ = ["LEAST_ORDER", "LEAST_POLARITY", "validation_checks"]

LEAST_POLARITY = 0.98
"""Share of actions that blind readers must put on their side."""

LEAST_ORDER = 0.85
"""Share of dilemmas of which blind readers must recover the whole order."""


def validation_checks(dilemmas: Sequence[Dilemma]) -> list[CheckResult]:
    """What is recorded of each dilemma, and what blind readers recovered.

    The last reading of each text as it stands counts; readings of texts that were rewritten since do
    not. The readings of what was written first are told beside it.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    """
    last = {d.id: d.current_readings[-1] for d in dilemmas if d.current_readings}
    first = {
        d.id: d.validation.blind_readings[0]
        for d in dilemmas
        if d.validation is not None and d.validation.blind_readings
    }
    unread = [Finding(d.id, "its text has no blind reading") for d in dilemmas if d.id not in last]
    results = [
        _four_checks(dilemmas),
        _counted("without a blind reading of the text", unread, dilemmas),
    ]
    for told, readings in (("", last), (", at the first reading", first)):
        judged = not told
        results += [_sides(readings, told, judged), _orders(readings, told, judged)]
    return [*results, _people(dilemmas)]


def _four_checks(dilemmas: Sequence[Dilemma]) -> CheckResult:
    findings = []
    for d in dilemmas:
        if d.validation is None:
            findings.append(Finding(d.id, "has no record of checks"))
            continue
        for name in CHECKS:
            check = getattr(d.validation, name)
            if not check.passed:
                findings.append(Finding(d.id, f"{name}: {check.reason or 'not passed'}"))
    return _counted("without the four checks passed", findings, dilemmas)


def _counted(name: str, findings: list[Finding], dilemmas: Sequence[Dilemma]) -> CheckResult:
    n = float(len({finding.where for finding in findings}))
    return CheckResult(
        "validation", name, n, "dilemmas", "0", not findings, len(dilemmas), "dilemmas",
        tuple(findings),
    )  # fmt: skip


def _sides(readings: dict[str, BlindReading], told: str, judged: bool) -> CheckResult:
    right = sum(reading.polarity_recovered for reading in readings.values())
    findings = [
        Finding(name, f"{', '.join(_turned(reading))} put on the other side")
        for name, reading in readings.items()
        if reading.polarity_recovered < len(ACTIONS)
    ]
    name = f"actions put on their side by a blind reader{told}"
    n = len(ACTIONS) * len(readings)
    return _share(name, right, n, "actions", LEAST_POLARITY if judged else None, findings)


def _orders(readings: dict[str, BlindReading], told: str, judged: bool) -> CheckResult:
    right = sum(reading.order_recovered for reading in readings.values())
    findings = [
        Finding(name, "read as " + ", ".join(reading.placed))
        for name, reading in readings.items()
        if not reading.order_recovered
    ]
    name = f"whole order recovered by a blind reader{told}"
    return _share(name, right, len(readings), "dilemmas", LEAST_ORDER if judged else None, findings)


def _turned(reading: BlindReading) -> list[str]:
    return [a for a, place in zip(ACTIONS, reading.placed, strict=True) if a[0] != place[0]]


def _share(
    name: str, right: int, n: int, of: str, least: float | None, findings: list[Finding]
) -> CheckResult:
    value = right / n if n else None
    limit = "" if least is None else f"≥ {least:.2f}"
    passed = None if value is None or least is None else value >= least
    note = ""
    if n:
        interval = share_interval(right, n)
        note = (
            f"{right} of {n}; 95 % interval {float(interval.low):.3f} … {float(interval.high):.3f}"
        )
    return CheckResult(
        "validation", name, value, "share", limit, passed, n, of, tuple(findings), note
    )


def _people(dilemmas: Sequence[Dilemma]) -> CheckResult:
    recorded = [d.validation for d in dilemmas if d.validation is not None]
    human = sum(validation.human for validation in recorded)
    rewritten = sum(validation.rewrites > 0 for validation in recorded)
    readings = np.array([len(d.current_readings) for d in dilemmas])
    again = int((readings > 1).sum())
    note = f"{rewritten} rewritten after a reading or check; {again} read twice or more"
    return CheckResult(
        "validation", "checked by a human", float(human), "dilemmas", "", None, len(dilemmas),
        "dilemmas", (), note,
    )  # fmt: skip
