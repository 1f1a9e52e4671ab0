"""What was found, in sentences that claim no more than the tables hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mores.report.numbers import count, fixed, is_significant, number_of, p_equals, signed
from mores.report.value_action.labels import ALL, CONGRUOUS, category_title, renderings_of
from mores.report.visible import visible

if TYPE_CHECKING:
    from mores.report.value_action.context import Findings
    from mores.report.value_action.labels import Group

__all__ = ["findings"]

Line = tuple["Group", dict[str, Any]]


def findings(found: Findings) -> list[str]:
    """The framing if it is not the default, then three to five sentences with their numbers."""
    sentences = [*found.framing, *_level_of_gap(found)]
    if found.baseline is not None and found.baseline["n_pairs"]:
        personas = [(g, r) for g, r in found.categories if not g.baseline and not g.everyone]
        if personas:
            sentences.append(_changes(found, personas, "ad", "The distance from value to action"))
            sentences.append(_changes(found, personas, "ar", "The alignment rate"))
    for rendering in renderings_of(found.tables["alignment_by_category"]):
        sentences.append(_congruence(found, rendering))
        sentences.append(_values(found, rendering))
    return [sentence for sentence in sentences if sentence]


def _worded(found: Findings, rendering: str) -> str:
    """Which rendering a sentence speaks of; empty where there is one only."""
    if len(renderings_of(found.tables["alignment_by_category"])) < 2:
        return ""
    return f", worded as {visible(rendering, False)},"


def _ends(row: dict[str, Any], prefix: str, shown: Any = fixed) -> str:
    low, high = row[f"{prefix}_low"], row[f"{prefix}_high"]
    return "" if low is None or high is None else f"{shown(low)} to {shown(high)}"


def _with_interval(found: Findings, row: dict[str, Any], column: str, prefix: str) -> str:
    ends = _ends(row, prefix)
    inside = f"{found.level} interval {ends}" if ends else "too few dilemmas for an interval"
    return f"{fixed(row[column])} ({inside})"


def _level_of_gap(found: Findings) -> list[str]:
    """The gap without a persona; where that was not asked, over all personas by rendering."""
    base = found.baseline
    if base is not None:
        return [_gap(found, base, "Without a persona")]
    rows = [row for group, row in found.categories if group.everyone]
    whose = [
        (f"Over all personas{_worded(found, row['rendering']).rstrip(',')}", row) for row in rows
    ]
    said = [_gap(found, row, who) for who, row in whose] or [_gap(found, None, "Over all personas")]
    return [*said, "The baseline was not asked, so that no difference from it can be given."]


def _gap(found: Findings, row: dict[str, Any] | None, who: str) -> str:
    if row is None or not row["n_pairs"]:
        return (
            f"{who}, no dilemma has a coded answer to both questions; there is nothing to measure."
        )
    style = row["ad_by_style"]
    beside = (
        f" The same answers dealt out at random across dilemmas would stand {fixed(style)} apart."
        if style is not None
        else ""
    )
    return (
        f"{who}, the chosen actions stood on average "
        f"{_with_interval(found, row, 'alignment_distance', 'ad')} away from the stated values, on "
        f"a scale from 0 to 2.{beside} The alignment rate was "
        f"{_with_interval(found, row, 'alignment_rate', 'ar')}."
    )


def _changes(found: Findings, lines: Sequence[Line], measure: str, subject: str) -> str:
    better: list[str] = []
    worse: list[str] = []
    unclear: list[str] = []
    untested: list[str] = []
    for group, row in lines:
        p, delta = row[f"{measure}_p_adjusted"], row[f"{measure}_delta"]
        if delta is None or p is None:
            untested.append(_personas(found, group))
        elif not is_significant(p):
            unclear.append(_change(found, group, row, measure))
        else:
            (better if delta > 0 else worse).append(_change(found, group, row, measure))
    gain, loss = ("smaller", "larger") if measure == "ad" else ("higher", "lower")
    parts = []
    if better:
        parts.append(f"was {gain} than without a persona for {_listed(better)}")
    if worse:
        parts.append(f"was {loss} for {_listed(worse)}")
    if unclear:
        parts.append(f"showed no significant difference for {_listed(unclear)}")
    if untested:
        parts.append(f"could not be tested for {_listed(untested)}")
    return f"{subject} {'; it '.join(parts)}." if parts else ""


def _change(found: Findings, group: Group, row: dict[str, Any], measure: str) -> str:
    ends = _ends(row, f"{measure}_delta", signed)
    interval = f", {found.level} interval {ends}" if ends else ""
    p = p_equals(row[f"{measure}_p_adjusted"])
    delta = signed(row[f"{measure}_delta"])
    return f"{_personas(found, group)} (Δ {delta}{interval}, adjusted {p})"


def _personas(found: Findings, group: Group) -> str:
    worded = _worded(found, group.rendering).rstrip(",")
    return f"{category_title(group.category).lower()} personas{worded.replace(',', '')}"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    # Parts hold commas of their own.
    return "; ".join(parts[:-1]) + ("; and " if len(parts) > 2 else " and ") + parts[-1]


def _congruence(found: Findings, rendering: str) -> str:
    """Incongruous personas against the congruous categories, as the contrasts test them."""
    lines = _incongruous(found, rendering)
    if not lines:
        return ""
    farther = [_against(found, row) for row in lines if _says(row) > 0]
    nearer = [_against(found, row) for row in lines if _says(row) < 0]
    unclear = [_against(found, r) for r in lines if r["p"] is not None and not _says(r)]
    untested = [f"{row['to']} ones ({signed(row['more'])})" for row in lines if row["p"] is None]
    parts = []
    if farther:
        parts.append(f"stood farther from their stated values than {_listed(farther)}")
    if nearer:
        parts.append(f"stood nearer to their stated values than {_listed(nearer)}")
    if unclear:
        parts.append(f"showed no significant difference in distance from {_listed(unclear)}")
    if untested:
        parts.append(f"could not be tested against {_listed(untested)}")
    return (
        "Incongruous personas, whose beliefs lie on opposing sides of the map"
        f"{_worded(found, rendering).rstrip(',')}, {'; they '.join(parts)}."
    )


def _incongruous(found: Findings, rendering: str) -> list[dict[str, Any]]:
    """Contrasts of incongruous and congruous personas in one rendering, as reference less own."""
    table = found.tables["alignment_contrasts"]
    lines = []
    for row in table.iter_rows(named=True):
        other = row.get("reference_rendering") or row["rendering"]
        pair = (row["category"], row["reference"])
        if {row["rendering"], other} != {rendering} or row["ad_delta"] is None:
            continue
        if pair[0] == "incongruous" and pair[1] in CONGRUOUS:
            sign, congruous = -1, pair[1]
        elif pair[1] == "incongruous" and pair[0] in CONGRUOUS:
            sign, congruous = 1, pair[0]
        else:
            continue
        ends = [row["ad_delta_low"], row["ad_delta_high"]][::sign]
        low, high = (None if end is None else sign * end for end in ends)
        p = row["ad_p_adjusted"]
        lines.append(
            {"to": congruous, "more": sign * row["ad_delta"], "low": low, "high": high, "p": p}
        )
    return lines


def _says(row: dict[str, Any]) -> int:
    """1 or -1 where a contrast is significant, by which side is farther; else 0."""
    return (1 if row["more"] > 0 else -1) if is_significant(row["p"]) else 0


def _against(found: Findings, row: dict[str, Any]) -> str:
    ends = f"{signed(row['low'])} to {signed(row['high'])}"
    inside = "" if row["low"] is None or row["high"] is None else f", {found.level} interval {ends}"
    return f"{row['to']} ones ({signed(row['more'])}{inside}, adjusted {p_equals(row['p'])})"


def _values(found: Findings, rendering: str) -> str:
    import polars as pl

    table = found.tables["alignment_by_value"].filter(
        pl.col("category") == ALL,
        pl.col("rendering") == rendering,
        pl.col("ad_delta").is_not_null(),
    )
    rows = table.sort("ad_delta", descending=True).rows(named=True)
    if len(rows) < 2:
        return ""
    whose = f"over all personas{_worded(found, rendering) or ','}"
    tested = [r for r in rows if r["ad_p_adjusted"] is not None]
    best, worst = rows[0], rows[-1]
    span = (
        f"estimates run from {signed(best['ad_delta'])} ({found.values[best['value']]}) to "
        f"{signed(worst['ad_delta'])} ({found.values[worst['value']]})"
    )
    if not tested:
        return (
            f"Value by value, {whose} {span}. Each rests on {_dilemmas(rows)}, too few for an "
            "interval or a test."
        )
    sure = [r for r in tested if is_significant(r["ad_p_adjusted"])]
    gains = sum(r["ad_delta"] > 0 for r in sure)
    return (
        f"Value by value, {whose} and after adjustment for all tests of that table, which holds "
        f"every value with every category: a smaller distance for {count(gains)} of "
        f"{number_of(len(tested), 'value')} tested, a larger one for {count(len(sure) - gains)}, and "
        f"no significant difference for {count(len(tested) - len(sure))}. "
        f"The {span}; each rests on {_dilemmas(rows)}."
    )


def _dilemmas(rows: Sequence[dict[str, Any]]) -> str:
    numbers = [r["n_dilemmas"] for r in rows]
    low, high = min(numbers), max(numbers)
    return number_of(low, "dilemma") if low == high else f"{low} to {number_of(high, 'dilemma')}"
