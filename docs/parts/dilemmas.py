"""Numbers of the data card, from the dilemmas and their recorded checks."""

from __future__ import annotations

from collections import Counter
from functools import cache
from statistics import mean
from typing import TYPE_CHECKING

from parts.markdown import table

if TYPE_CHECKING:
    from mores.instruments.dilemmas import Dilemma
    from mores.studies.dilemma_quality.results import CheckResult

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
    readings = [d.current_readings for d in found]
    again = sum(len(each) > 1 for each in readings)
    rows = [["with a record of checks", f"{len(records)} of {len(found)}"]]
    rows += [
        [f"passed {name}", str(sum(getattr(r, name).passed for r in records))] for name in CHECKS
    ]
    rows += [
        ["passed all four", str(sum(r.passed for r in records))],
        ["checked by a human", str(sum(r.human for r in records))],
        ["text read blind as it stands", str(sum(map(bool, readings)))],
        ["… by two readers or more", str(again)],
        ["blind readings, of earlier texts too", str(sum(len(r.blind_readings) for r in records))],
        ["rewritten after a reading or check", str(sum(r.rewrites > 0 for r in records))],
    ]
    return table(["", ""], rows)


@cache
def results() -> tuple[CheckResult, ...]:
    """Every measurable check of the shipped set."""
    from mores.studies.dilemma_quality.checking import check_dilemmas

    return check_dilemmas(dilemmas())


def _measured(*topics: str) -> str:
    rows = [
        [
            result.name,
            "–"
            if result.value is None
            else f"{result.value:.{0 if result.unit == 'dilemmas' else 3}f}",
            result.limit,
            f"{result.n:,} {result.of}",
            result.note,
        ]
        for result in results()
        if result.topic in topics
    ]
    return table(["check", "found", "allowed", "of", ""], rows)


def blind_readings() -> str:
    """What blind readers recovered."""
    return _measured("validation")


def form_and_variety() -> str:
    """Form, near-copies, settings."""
    return _measured("form", "variety")


def closest() -> str:
    """The dilemmas that are most alike."""
    rows = [
        [result.name.removeprefix("closest pair: "), finding.where, finding.told]
        for result in results()
        if result.name.startswith("closest pair")
        for finding in result.findings[:3]
    ]
    return table(["measure", "dilemmas", ""], rows)


def cues() -> str:
    """What tells sides and strengths, and how well."""
    return _measured("cues")


def telling_words() -> str:
    """The words that lean most to one side, or to strong actions."""
    rows = [
        [result.name.partition(" ")[0], f"“{finding.where}”", finding.told]
        for result in results()
        if result.name.endswith("bag of words")
        for finding in result.findings[:8]
    ]
    return table(["tells", "word", ""], rows)


def places() -> str:
    """Where the settings are: the last word or words of each, which name the country."""
    lands = Counter(d.setting.rpartition(",")[2].strip() for d in dilemmas())
    return (
        f"{len(lands)} countries and regions, none with more than {max(lands.values())} dilemmas."
    )


def unrecovered() -> str:
    """The dilemmas of which the last blind reader did not recover the order, and failed checks."""
    rows = []
    for d in dilemmas():
        if d.validation is None:
            rows.append([f"`{d.id}`", "no record", ""])
            continue
        for name in CHECKS:
            check = getattr(d.validation, name)
            if not check.passed:
                rows.append([f"`{d.id}`", name, check.reason])
        if d.current_readings and not d.current_readings[-1].order_recovered:
            read = ", ".join(d.current_readings[-1].placed)
            rows.append([f"`{d.id}`", "order", f"read as {read}"])
    if not rows:
        return "None: every check was passed, and every order recovered."
    return table(["dilemma", "check", "what was found"], rows)


PARTS = (
    composition, places, presumptions, recorded_checks, blind_readings, unrecovered,
    form_and_variety, closest, cues, telling_words,
)  # fmt: skip
