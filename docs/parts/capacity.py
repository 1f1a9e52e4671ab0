"""What the studies take, and the rates that is counted from."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from parts.markdown import table


@cache
def _rows(size: str) -> list[Any]:
    from mores.workflow.capacity import capacity

    return capacity(model_size=size)


def capacity_work() -> str:
    """What is asked."""
    from mores.cli.capacity import WORK_HEADS, work_rows

    return table(list(WORK_HEADS), _whole(work_rows(_rows("8B"))))


def capacity_times() -> str:
    """Time, limit and money for a model of 8B."""
    return _times("8B")


def capacity_times_27b() -> str:
    """The same for 27B."""
    return _times("27B")


def capacity_times_70b() -> str:
    """The same for 70B."""
    return _times("70B")


def _times(size: str) -> str:
    from mores.cli.capacity import time_heads, time_rows

    return table(time_heads(_rows(size)), _whole(time_rows(_rows(size))))


def _whole(rows: list[list[str]]) -> list[list[str]]:
    """Cells in which no line breaks between a number and its unit."""
    unit = r"(?<=\d) (?=(?:[kMGT]?B|[kMGT]|s|min|h|d)\b)|(?<=US\$) "
    return [[re.sub(unit, "\u00a0", cell) for cell in row] for row in rows]


def capacity_measured() -> str:
    """Rates that were measured."""
    rows = [
        [rate.about, f"{rate.value:,g} {rate.unit}", f"{rate.source}; {rate.machine}; {rate.day}"]
        for rate in _known().rate.values()
        if rate.kind == "measured"
    ]
    return table(["what", "measured", "by, on, day"], rows)


def capacity_assumed() -> str:
    """Rates that are assumed."""
    rows = [
        [rate.about, f"{rate.value:,g} {rate.unit}", _range(rate), f"{rate.source}; {rate.day}"]
        for rate in _known().rate.values()
        if rate.kind == "assumed"
    ]
    for name, size in _known().size.items():
        for kind, span in (("prompt", size.prompt), ("answer", size.answer)):
            about = f"{name}, {size.gpus} GPU{'s' * (size.gpus > 1)} a replica: {kind} tokens of one GPU"
            rows.append([about, f"{span.value:,g}/s", _range(span), f"{size.source}; {size.day}"])
    return table(["what", "assumed", "range", "from"], rows)


def _known() -> Any:
    from mores.fieldwork.rates import rates

    return rates()


def _range(span: Any) -> str:
    return "" if span.low is None else f"{span.low:,g} to {span.high:,g}"


PARTS = (
    capacity_work,
    capacity_times,
    capacity_times_27b,
    capacity_times_70b,
    capacity_measured,
    capacity_assumed,
)
