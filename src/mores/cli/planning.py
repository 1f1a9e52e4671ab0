"""What `mores power` prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from mores.cli.printing import table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["power_text", "told"]

_HEADS = ("power", "95 % interval", "opposite", "mean Δ", "width of its interval")
_MEASURES = {"ad": "alignment distance", "ar": "alignment rate"}


def told(done: int, planned: int) -> None:
    """Say how far it is, in ten lines at most."""
    if done * 10 // planned > (done - 1) * 10 // planned:
        print(f"mores: {done:,} of {planned:,} runs", file=sys.stderr, flush=True)


def power_text(found: pl.DataFrame) -> str:
    """The frame of `mores.workflow.power` as two tables and what they mean."""
    named = ["dilemmas", "repeats", "category"]
    if found["rendering"].n_unique() > 1:
        named.append("rendering")
    rows = found.to_dicts()
    parts = []
    for measure, about in _MEASURES.items():
        cells = [[*(row[name] for name in named), *_cells(row, measure)] for row in rows]
        parts.append(f"{about}, against the baseline\n{table(cells, [*named, *_HEADS])}")
    parts.append(
        f"power: share of {rows[0]['runs']:,} simulated runs whose adjusted p is below .05 in the "
        "planted direction;\nopposite: in the other one. Δ is positive for improvement.\n"
        "The model is simulated: the planted difference is an assumption, not a finding."
    )
    return "\n\n".join(parts)


def _cells(row: dict[str, Any], measure: str) -> list[str]:
    power, low, high, opposite, delta, width = (
        row[f"{measure}_{name}"]
        for name in ("power", "power_low", "power_high", "opposite", "delta", "width")
    )
    return [
        f"{power:.2f}",
        f"{low:.2f} … {high:.2f}",
        f"{opposite:.2f}",
        "none" if delta is None else f"{round(delta, 3) + 0:+.3f}",  # no -0.000
        "none" if width is None else f"{width:.3f}",
    ]
