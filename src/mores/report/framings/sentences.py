"""What was found, in sentences that claim no more than the tables hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from mores.report.framings.context import ModelTables, bracketed, ends_of, known, whole
from mores.report.framings.gaps_figure import references_of
from mores.report.framings.labels import (
    ALL,
    axis_title,
    category_title,
    framing_style,
    language_title,
    reference_title,
    slice_title,
)
from mores.report.framings.language_figure import crossed_cells
from mores.report.framings.matrix_figures import axis_rows, is_clear
from mores.report.numbers import (
    count,
    fixed,
    is_significant,
    number_of,
    p_equals,
    percent,
    signed,
)
from mores.studies.framings.cells import LANGUAGE_FRAMING

if TYPE_CHECKING:
    from mores.report.framings.context import Findings

__all__ = ["findings", "pair_test"]

_FORECAST, _PERSONA = "third-person", "persona-country"


def findings(found: Findings) -> list[str]:
    """A sentence a finding, with its interval or adjusted p value where there is one."""
    sentences = [
        _alignment(found),
        _strongest(found),
        _shift(found),
        _forecast(found),
        _slices(found),
        _parts(found),
        _references(found),
        _languages(found),
        _refusals(found),
    ]
    return [s for s in sentences if s]


def _name(framing: str) -> str:
    return framing_style(framing).title.lower()


def _value(row: Mapping[str, Any], column: str, stem: str = "") -> str:
    ends = bracketed(row, stem or column, sign=True)
    return f"{signed(known(row, column))} {ends}".strip()


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + list(names[-1:]))


def _with(model: ModelTables, column: str) -> dict[str, dict[str, Any]]:
    return {f: r for f, r in model.overall.items() if known(r, column) is not None}


def _alignment(found: Findings) -> str:
    rows = _with(found.model, "alignment")
    if not rows:
        return (
            "No question has a coded answer, a coded baseline and answers of the humans: nothing can "
            "be compared."
        )
    said = "; ".join(f"{_name(f)} {_value(r, 'alignment')}" for f, r in rows.items())
    inside = any(ends_of(r, "alignment") for r in rows.values())
    brackets = f" In brackets: {found.level} intervals over questions." if inside else ""
    text = (
        f"Directional alignment, by how much answers lie nearer to the {found.humans} than the "
        f"baseline (share of the scale): {said}.{brackets}"
    )
    if not inside:
        return text
    nearer = [_name(f) for f, r in rows.items() if is_clear(r, "alignment") and r["alignment"] > 0]
    farther = [_name(f) for f, r in rows.items() if is_clear(r, "alignment") and r["alignment"] < 0]
    open_ = [_name(f) for f, r in rows.items() if not is_clear(r, "alignment")]
    parts = [
        f"{lead} {', '.join(names)}"
        for lead, names in (
            ("lies above zero for", nearer),
            ("lies below zero for", farther),
            ("contains zero for", open_),
        )
        if names
    ]
    return f"{text} The interval {'; it '.join(parts)}."


def pair_test(model: ModelTables, first: str, second: str) -> dict[str, Any] | None:
    """The sign test over slices of two framings, wins being those of the first."""
    for row in model.main("tests", test="sign-over-slices"):
        if {row["framing_a"], row["framing_b"]} != {first, second}:
            continue
        if row["framing_a"] == first:
            return row
        flipped = {k: -v for k in ("difference", "effect") if (v := known(row, k)) is not None}
        return {**row, "wins": row["losses"], "losses": row["wins"], **flipped}
    return None


def _compared(model: ModelTables, first: str, second: str) -> str:
    row = pair_test(model, first, second)
    if row is None or not row["n"]:
        return ""
    said = (
        f"its alignment is greater than that of {_name(second)} in {count(row['wins'])} of "
        f"{number_of(row['n'], 'slice')} and smaller in {count(row['losses'])}"
    )
    p = known(row, "p_adjusted")
    if p is None:
        return f"{said}, untested"
    sure = "a significant difference" if is_significant(p) else "not a significant difference"
    return f"{said}, {sure} (sign test over slices, adjusted {p_equals(p)})"


def _strongest(found: Findings) -> str:
    rows = _with(found.model, "alignment")
    if len(rows) < 2:
        return ""
    ranked = sorted(rows, key=lambda f: -rows[f]["alignment"])
    against = _compared(found.model, ranked[0], ranked[1])
    tail = f"; {against}" if against else ""
    return f"The greatest alignment is that of {_name(ranked[0])}{tail}."


def _forecast(found: Findings) -> str:
    """Forecasting against the persona, unless they are the two that stand first."""
    rows = _with(found.model, "alignment")
    ranked = sorted(rows, key=lambda f: -rows[f]["alignment"])
    if not {_FORECAST, _PERSONA} <= set(rows) or ranked[:2] == [_FORECAST, _PERSONA]:
        return ""
    said = _compared(found.model, _FORECAST, _PERSONA)
    return f"Third-person against persona: {said}." if said else ""


def _shift(found: Findings) -> str:
    rows = _with(found.model, "shift")
    if not rows:
        return ""
    said = "; ".join(f"{_name(f)} {fixed(known(r, 'shift'))}" for f, r in rows.items())
    both = _with(found.model, "alignment")
    text = f"Answers lie away from the baseline by: {said}."
    if len(rows) < 2 or len(both) < 2:
        return text
    most = max(rows, key=lambda f: rows[f]["shift"])
    best = max(both, key=lambda f: both[f]["alignment"])
    if most != best:
        return (
            f"{text} The framing that moves answers most, {_name(most)}, is not the one with the "
            f"greatest alignment, {_name(best)}."
        )
    return text


def _slices(found: Findings) -> str:
    framing = found.model.strongest
    rows = [
        r
        for r in (found.model.main("by_slice", framing=framing) if framing else [])
        if known(r, "alignment") is not None
    ]
    if framing is None or len(rows) < 2:
        return ""
    rows.sort(key=lambda r: -r["alignment"])
    first, last = rows[0], rows[-1]
    text = (
        f"Under {_name(framing)}, alignment goes from {_value(first, 'alignment')} in "
        f"{slice_title(first['slice'])} to {_value(last, 'alignment')} in "
        f"{slice_title(last['slice'])}; it is above zero in "
        f"{sum(r['alignment'] > 0 for r in rows)} of {number_of(len(rows), 'slice')}"
    )
    if not any(ends_of(r, "alignment") for r in rows):
        return f"{text}."
    clear = sum(is_clear(r, "alignment") and r["alignment"] > 0 for r in rows)
    return f"{text}, with an interval above zero in {clear} (not adjusted)."


def _parts(found: Findings) -> str:
    """Categories and axes, under the framing with the greatest alignment."""
    framing = found.model.strongest
    if framing is None:
        return ""
    said = []
    kinds = (
        ("category", "categories", found.model.main("by_category"), "alignment", "alignment"),
        ("axis", "axes", axis_rows(found.model), "semantic_alignment_delta", "delta"),
    )
    for key, several, rows, column, stem in kinds:
        own = [r for r in rows if r["framing"] == framing and known(r, column) is not None]
        if len(own) < 2:
            continue
        own = sorted(own, key=itemgetter(column), reverse=True)
        title = category_title if key == "category" else axis_title
        named = "alignment" if key == "category" else "alignment delta"
        up = sum(is_clear(r, stem) and r[column] > 0 for r in own)
        down = sum(is_clear(r, stem) and r[column] < 0 for r in own)
        sure = (
            f" (interval above zero in {up}, below in {down}, not adjusted)"
            if any(ends_of(r, stem) for r in own)
            else ""
        )
        said.append(
            f"of {number_of(len(own), key, several)} {named} is greatest in {title(own[0][key])} "
            f"({signed(own[0][column])}), least in {title(own[-1][key])} "
            f"({signed(own[-1][column])}){sure}"
        )
    return f"Under {_name(framing)}, {'; '.join(said)}." if said else ""


def _references(found: Findings) -> str:
    framing = found.model.strongest
    beside = references_of(found.model)
    row = found.model.overall.get(framing or "", {})
    gap = known(row, "response_gap")
    if framing is None or gap is None or not beside:
        return ""
    said = "; ".join(f"{reference_title(r['reference']).lower()} {fixed(r['gap'])}" for r in beside)
    lead = (
        f"The gap that is left under {_name(framing)}, {fixed(gap)}, beside what asks no model: "
        f"{said}"
    )
    if framing == LANGUAGE_FRAMING:
        return (
            f"{lead}. These are of one country's humans, the gap is of all who speak the language: "
            "which is nearer cannot be said."
        )
    farther = [reference_title(r["reference"]).lower() for r in beside if gap < r["gap"]]
    told = (
        f"the answers lie nearer to the {found.humans} than {_listed(farther)}"
        if farther
        else f"none of these lies farther from the {found.humans} than the answers"
    )
    return f"{lead}; by the point estimates, {told}{_other_rows(row, beside)}."


def _other_rows(row: Mapping[str, Any], beside: Sequence[Mapping[str, Any]]) -> str:
    """Answers have a gap where they are there, what asks no model wherever humans are."""
    own, all_ = whole(row, "n"), max(whole(r, "n") or 0 for r in beside)
    if own is None or own == all_:
        return ""
    return (
        f" (answers on {count(own)} rows of a unit and a slice, what asks no model on all "
        f"{count(all_)} with humans)"
    )


def _languages(found: Findings) -> str:
    """Own language against English, over slices, where languages are crossed."""
    said = []
    for framing in found.model.framings:
        pairs = [
            (of[own]["alignment"], of["en"]["alignment"])
            for (f, name), of in crossed_cells(found.model).items()
            if f == framing and (own := name.partition("-")[0]) != "en" and {own, "en"} <= set(of)
        ]
        if pairs:
            more, less = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
            slices = number_of(len(pairs), "slice")
            said.append(
                f"under {_name(framing)} greater in {more} and smaller in {less} of {slices}"
            )
    if not said:
        return ""
    return (
        "With the same country cue, alignment in the slice's own language against English: "
        f"{'; '.join(said)} (counts of point estimates, untested)."
    )


def _refusals(found: Findings) -> str:
    rows = [r for r in found.model.rows("refusals") if known(r, "refusal_rate") is not None]
    own = [r for r in rows if r["language"] != ALL] or rows
    if not own:
        return ""
    total = sum(whole(r, "n") or 0 for r in own)
    most = max(own, key=lambda r: r["refusal_rate"])
    if most["refusal_rate"] == 0:
        return f"None of {number_of(total, 'reply', 'replies')} has words of refusing."
    lead = ""
    if total:
        share = sum((whole(r, "n") or 0) * r["refusal_rate"] for r in own) / total
        lead = (
            f"{percent(share)} of {number_of(total, 'reply', 'replies')} have words of refusing; "
        )
    alike = sum(r["refusal_rate"] == most["refusal_rate"] for r in own) - 1
    others = f", and the same in {number_of(alike, 'other pair')}" if alike else ""
    return (
        f"{lead}the rate is highest, {percent(most['refusal_rate'])}, in "
        f"{language_title(most['language'])} under {_name(most['framing'])}{others}."
    )
