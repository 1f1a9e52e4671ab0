"""Numbers of the data card, from the dilemmas and their recorded checks."""

from __future__ import annotations

from collections import Counter
from statistics import mean, median
from typing import TYPE_CHECKING

from parts.markdown import table

if TYPE_CHECKING:
    from mores.instruments.dilemmas import Dilemma

CHECKS = ("correctness", "harmlessness", "sufficiency", "plausibility")


def dilemmas() -> tuple[Dilemma, ...]:
    """The shipped ones."""
    from mores.instruments.dilemmas import read_dilemmas

    return read_dilemmas()


def spread(numbers: list[int]) -> str:
    """Mean and range."""
    return f"{mean(numbers):.0f} ({min(numbers)} … {max(numbers)})"


def composition() -> str:
    """How many there are, of what."""
    from mores.instruments.schwartz import topics

    found = dilemmas()
    each = Counter(Counter(d.value for d in found).values())
    by_topic = Counter(d.topic for d in found)
    words = [len(d.scenario_text.split()) for d in found]
    actions = [len(a.text.split()) for d in found for a in d.actions]
    presumed = Counter(len(d.presumes) for d in found)
    rows = [
        ["dilemmas", str(len(found))],
        ["values", f"{len({d.value for d in found})} of 56; " + ", ".join(
            f"{n} with {k} dilemmas" for k, n in sorted(each.items())
        )],
        ["topics", f"{len(by_topic)} of {len(topics())}"],
        *[[f"&emsp;{topics()[t].label}", str(by_topic[t])] for t in topics()],
        ["different settings", str(len({d.setting for d in found}))],
        ["words of a scenario, mean (range)", spread(words)],
        ["words of an action, mean (range)", spread(actions)],
        ["without a presumption about the person", str(presumed[0])],
        ["source", "; ".join(sorted({d.source for d in found}))],
        ["licence", "; ".join(sorted({d.licence for d in found}))],
    ]  # fmt: skip
    return table(["", ""], rows)


def presumptions() -> str:
    """What settings presume, and how often."""
    from mores.instruments.presumptions import presumptions

    counts = Counter(tag for d in dilemmas() for tag in d.presumes)
    rows = [[f"`{t}`", p.gloss, str(counts[t])]
            for t, p in presumptions().items()]  # fmt: skip
    return table(["tag", "the person …", "dilemmas"], rows)


def recorded_checks() -> str:
    """What the validation records say."""
    found = dilemmas()
    records = [d.validation for d in found if d.validation is not None]
    readings = [r.blind_reading for r in records if r.blind_reading is not None]
    rows = [["with a record of checks", f"{len(records)} of {len(found)}"]]
    rows += [
        [f"passed {name}", str(sum(getattr(r, name).passed for r in records))] for name in CHECKS
    ]
    rows += [
        ["passed all four", str(sum(r.passed for r in records))],
        ["checked by a human", str(sum(r.human for r in records))],
        ["with a blind reading", str(len(readings))],
        ["readers of each", f"{median(r.readers for r in readings):g}, a {readings[0].reader}"],
        [
            "all six actions put on their right side",
            str(sum(r.polarity_recovered == 6 for r in readings)),
        ],
        ["order of the six recovered", str(sum(bool(r.order_recovered) for r in readings))],
        ["actions on their right side, of all", _sides(readings)],
        *_notes(readings),
    ]
    return table(["", ""], rows)


def _sides(readings: list) -> str:
    right = sum(r.polarity_recovered for r in readings)
    return f"{right} of {6 * len(readings)} ({right / (6 * len(readings)):.1%})"


def _notes(readings: list) -> list[list[str]]:
    """Whatever else the records count, such as texts that were rewritten."""
    counts = Counter(name for r in readings for name, value in r.notes if value is True)
    return [[name.replace("_", " "), str(n)] for name, n in sorted(counts.items())]


def failed_checks() -> str:
    """The dilemmas with a check that was not passed, and why."""
    rows = []
    for d in dilemmas():
        if d.validation is None:
            rows.append([f"`{d.id}`", "no record", ""])
            continue
        for name in CHECKS:
            check = getattr(d.validation, name)
            if not check.passed:
                rows.append([f"`{d.id}`", name, check.reason])
        reading = d.validation.blind_reading
        if reading is not None and (reading.polarity_recovered or 0) < 6:
            rows.append(
                [
                    f"`{d.id}`",
                    "blind reading",
                    f"{reading.polarity_recovered} of 6 on their right side",
                ]
            )
    if not rows:
        return "None: every recorded check was passed."
    return table(["dilemma", "check", "what was found"], rows)


PARTS = (composition, presumptions, recorded_checks, failed_checks)
