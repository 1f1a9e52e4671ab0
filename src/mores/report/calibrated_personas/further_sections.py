"""Sections on calibration, on what the descriptors add, and on robustness."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Block, Cell, Column, Prose, Row, Section, Table, cell
from mores.report.calibrated_personas.absence import Figures, figure_or_reason
from mores.report.calibrated_personas.context import Rows, known, mean_of
from mores.report.calibrated_personas.error_sections import measured
from mores.report.calibrated_personas.labels import (
    ALL_COUNTRIES,
    arm_style,
    condition_note,
    safe,
)
from mores.report.calibrated_personas.shapley_figure import shapley_rows
from mores.report.numbers import bounds, count, fixed, percent, signed

if TYPE_CHECKING:
    from mores.report.calibrated_personas.context import Findings

__all__ = ["calibration", "diversity", "importance", "robustness"]


def diversity(found: Findings, figures: Figures) -> Section:
    """Figures 4 and 10."""
    text = (
        "Two readings of a model's diversity are shown, because they differ. Of the whole "
        "population: the variance of the distribution that the personas make together. Within a "
        "persona: the mean of their own variances, which is a model's doubt about one respondent."
    )
    drawn = figure_or_reason(figures, "figure4_diversity", "figure10_diversity_by_arm")
    return Section("diversity", "Diversity of answers", [Prose([text]), *drawn])


def calibration(found: Findings, figures: Figures) -> Section:
    """Temperatures, distances before and after, and what could not be calibrated; figure 9."""
    groups: dict[tuple[str, str, str], Rows] = {}
    for row in found.model.main("calibration"):
        key = (row["arm"], row.get("method") or "", row.get("objective") or "")
        groups.setdefault(key, []).append(row)
    columns = [
        Column("Arm", numeric=False),
        Column("Method", numeric=False),
        Column("Held out", hint="questions, or questions of each country"),
        Column("Temperature", hint="median, least and largest"),
        Column("before", group="Wasserstein distance"),
        Column("after", group="Wasserstein distance"),
        Column("before", group="Normalised variance"),
        Column("after", group="Normalised variance"),
        Column("humans", group="Normalised variance"),
        Column("Mean moved", hint="largest change of a predicted mean, share of the range"),
        Column("Degenerate", hint="distributions on one option, which stay as they are"),
        Column("Infeasible", hint="distributions whose mean could not be kept"),
        Column("At bound", hint="temperatures at an end of the range searched"),
    ]
    blocks: list[Block] = []
    if groups:
        lines = [_calibrated(*key, own) for key, own in groups.items()]
        fits = " or ".join(sorted({_FITS.get(o, safe(o)) for _, _, o in groups if o}))
        note = (
            "For each question the temperature is chosen on all the others, then applied to it: "
            "distances after calibration are out of sample."
            + (f" It is the one with the least {fits}." if fits else "")
            + " Means over what was held out, each arm in its main wording. Tilting keeps each "
            "predicted mean, plain scaling does not. Degenerate and infeasible: of the distributions "
            "of all personas and questions."
        )
        blocks.append(Table("Calibration, held out", columns, lines, note, "calibration"))
    else:
        blocks.append(Prose(["Nothing was calibrated: the table calibration is empty."]))
    blocks += figure_or_reason(figures, "figure9_temperature")
    return Section("calibration", "Calibration", blocks)


_FITS = {
    "wasserstein": "total Wasserstein distance from the humans",
    "variance": "difference of normalised variance from that of the humans",
}


def _calibrated(arm: str, method: str, objective: str, rows: Rows) -> Row:
    temperatures = [t for r in rows if (t := known(r, "temperature")) is not None]
    shifts = [
        abs(s)
        for r in rows
        for c in ("mean_shift", "largest_shift")
        if (s := known(r, c)) is not None
    ]
    middle = median(temperatures) if temperatures else None
    ends = bounds(min(temperatures), max(temperatures), 2) if temperatures else ""
    bound = [bool(r["at_bound"]) for r in rows if r.get("at_bound") is not None]
    most = max(shifts) if shifts else None
    return Row(
        [
            cell(arm_style(arm).title),
            cell(safe(method) or "–"),
            cell(count(len(rows)), "", len(rows)),
            cell(fixed(middle, 2), ends, middle),
            *(_mean(rows, c) for c in ("wasserstein_before", "wasserstein_after")),
            *(_mean(rows, c) for c in ("variance_before", "variance_after", "variance_human")),
            cell(_tiny(most), "", most),
            _part(rows, "degenerate"),
            _part(rows, "infeasible"),
            cell(f"{sum(bound)} of {len(bound)}" if bound else "–", "", sum(bound)),
        ]
    )


def _mean(rows: Rows, column: str) -> Cell:
    value = mean_of([known(r, column) for r in rows])
    return cell(fixed(value), "", value)


def _tiny(value: float | None) -> str:
    return "<.001" if value is not None and 0 <= value < 0.0005 else fixed(value)


def _part(rows: Rows, column: str) -> Cell:
    """A count of distributions, with its share of all of them."""
    counts = [n for r in rows if (n := known(r, column)) is not None]
    if not counts:
        return cell("–")
    of = sum(known(r, "personas") or 0 for r in rows)
    total = sum(counts)
    return cell(count(round(total)), percent(total / of) if of else "", total)


def importance(found: Findings, figures: Figures) -> Section:
    """Figure 7, and whether the values add up."""
    rows = shapley_rows(found.basis)
    blocks = figure_or_reason(figures, "figure7_shapley")
    if rows:
        by_country = {r["country"]: r for r in rows}
        gaps = []
        for country, row in by_country.items():
            every, none = known(row, "value_all"), known(row, "value_none")
            parts = [known(r, "value") for r in rows if r["country"] == country]
            if every is not None and none is not None and None not in parts:
                gaps.append(abs(sum(p for p in parts if p is not None) - (every - none)))
        asked = [int(n) for r in rows if (n := known(r, "evaluations")) is not None]
        text = (
            f"Values of {arm_style(rows[0]['arm']).title} personas. The prediction from no descriptor "
            "is that of personas with the guidance alone. A positive value says that the descriptor "
            "made predictions worse in that country, not that the value does not matter there."
        )
        if asked:
            text += f" Each country's values rest on the errors of {count(max(asked))} subsets."
        if gaps:
            most = max(gaps)
            shown = "less than 0.000001" if most < 1e-6 else f"{most:.2g}"
            text += (
                " The values of a country must add up to the error with all descriptors less the "
                f"error with none; they miss it by {shown}."
            )
        blocks.append(Prose([text]))
    return Section("importance", "What each descriptor adds", blocks)


def robustness(found: Findings, figures: Figures) -> Section:
    """Figures 5 and 6; allowed mass, places, and whether the model says what its probabilities say."""
    blocks = figure_or_reason(figures, "figure5_guidance", "figure6_descriptors")
    blocks += [Prose([_labels(found)])]
    for block in (_mass(found), _places(found), _agreement(found), _conditions(found)):
        if block is not None:
            blocks.append(block)
    return Section("robustness", "Robustness", blocks)


_SCORING = {
    "exact": "the probability of the whole answer, exactly",
    "prompt": "the probability of the whole answer, scored as part of the prompt",
    "prefill": "the first token's probabilities, and a second request for answers of two tokens",
    "first-token": "the probabilities of the first token alone",
    "none": "no probabilities: answers were generated as text",
}


def _labels(found: Findings) -> str:
    """How options were labelled and scored, as far as study and manifest tell."""
    asking = found.bound.file.asking
    scoring = found.manifest["model"]["capabilities"].get("scoring")
    if getattr(asking, "elicitation", "") == "text":
        return "Answers were generated as text; shares are those of repeated answers."
    labels = getattr(asking, "labels", "auto")
    if labels == "auto":
        labels = "integers"
        if scoring == "first-token":
            labels = "integers, and with letters where there are ten and more"
    text = f"Options were labelled with {labels}, in the order in which they were shown."
    if scoring:
        text += f" The model gives {_SCORING.get(scoring, safe(scoring))}."
    return text


def _name(row: Mapping[str, Any]) -> Cell:
    note = condition_note(row.get("guidance") or "", row.get("descriptors") or "")
    return Cell(arm_style(row["arm"]).title, note)


def _mass(found: Findings) -> Table | None:
    rows = found.model.main("mass_sensitivity")
    if not rows:
        return None
    thresholds = sorted({r["threshold"] for r in rows if known(r, "threshold") is not None})
    columns = [Column("Arm", numeric=False)]
    for t in thresholds:
        group = f"Mass of {fixed(t, 2)} and more"
        columns += [
            Column("Kept", group=group, hint="share of the coded answers to questions used"),
            Column("Change of MAE", group=group, hint="against keeping all, over the same cells"),
        ]
    lines = []
    for arm in dict.fromkeys(r["arm"] for r in rows):
        cells = [cell(arm_style(arm).title)]
        for t in thresholds:
            own = next((r for r in rows if r["arm"] == arm and r["threshold"] == t), {})
            kept = known(own, "kept")
            cells += [cell(percent(kept), "", kept), _change(own, known(own, "difference"))]
        lines.append(Row(cells))
    note = (
        "A distribution is normalised over the options, whatever probability they have together. "
        "Here only those with at least a stated probability of any option are kept. Brackets: "
        f"{found.level} intervals over questions."
    )
    return Table("Sensitivity to allowed mass", columns, lines, note, "mass_sensitivity")


def _places(found: Findings) -> Table | None:
    rows = found.model.main("position_effect")
    groups: dict[tuple[str, int], Rows] = {}
    for row in rows:
        groups.setdefault((row["arm"], row["options"]), []).append(row)
    if not groups:
        return None
    columns = [
        Column("Arm", numeric=False),
        Column("Options", hint="of the scale"),
        Column("First place", hint="mass less that of the same options over all orders"),
        Column("Last place", hint="likewise"),
        Column("Largest", hint="difference in size, at any place"),
        Column("at place"),
        Column("n", hint="answers"),
    ]
    lines = []
    for (arm, options), own in groups.items():
        own = sorted(
            (r for r in own if known(r, "difference") is not None), key=lambda r: r["place"]
        )
        if not own:
            continue
        most = max(own, key=lambda r: abs(r["difference"]))
        lines.append(
            Row(
                [
                    cell(arm_style(arm).title),
                    cell(count(int(options)), "", options),
                    *(_change(r, r["difference"]) for r in (own[0], own[-1], most)),
                    _whole(most, "place", 1),  # the table counts from 0
                    _whole(most, "n"),
                ]
            )
        )
    note = (
        "Probability of whatever stood at a place, less what the same options have over all orders "
        "shown: 0 for a model that does not mind places. Distributions are averaged over the orders, "
        f"back in the order of the codes. Brackets: {found.level} intervals over questions. All "
        "places are in the file."
    )
    return Table("Probability by place of the option", columns, lines, note, "position_effect")


def _whole(row: Mapping[str, Any], column: str, more: int = 0) -> Cell:
    value = known(row, column)
    return cell(count(None if value is None else int(value) + more), "", value)


def _change(row: Mapping[str, Any], value: float | None) -> Cell:
    """A difference with its interval over questions."""
    ends = known(row, "difference_low"), known(row, "difference_high")
    return cell(signed(value), bounds(*ends, sign=True), value)


def _agreement(found: Findings) -> Table | None:
    rows = found.model.main("text_agreement")
    if not rows:
        return None
    columns = [
        Column("Arm", numeric=False),
        Column("Compared"),
        Column("No option", hint="texts in which no option could be read"),
        Column("Agreement", hint="share of generated answers that are the most probable option"),
        Column("Expected", hint="if answers were drawn from the probabilities"),
    ]
    lines = []
    for r in rows:
        ends = [known(r, "agreement_low"), known(r, "agreement_high")]
        low, high = (None if e is None else 100 * e for e in ends)
        share, expected = known(r, "agreement"), known(r, "expected")
        lines.append(
            Row(
                [
                    _name(r),
                    _whole(r, "n"),
                    _whole(r, "uncoded"),
                    cell(percent(share), bounds(low, high, 1), share),
                    cell(percent(expected), "", expected),
                ]
            )
        )
    note = (
        "A share of the trials was also answered as text. Agreement far below what is expected "
        f"says that probabilities and answers are not of one mind. Brackets: {found.level} "
        "intervals, in per cent."
    )
    return Table("Agreement with generated text", columns, lines, note, "text_agreement")


def _conditions(found: Findings) -> Table | None:
    """Every condition's error, where an arm was asked in several."""
    rows = [
        r
        for r in found.model.rows("errors_by_country", country=ALL_COUNTRIES)
        if r["arm"] in found.model.reference
    ]
    if len(rows) <= len(found.model.reference):
        return None
    columns = [
        Column("Arm", numeric=False),
        Column("MAE"),
        Column("Wasserstein"),
        Column("Coverage"),
        Column("Allowed mass"),
    ]
    lines = []
    for r in sorted(rows, key=lambda r: (found.model.arms.index(r["arm"]), known(r, "mae") or 9.0)):
        shares = [known(r, c) for c in ("coverage", "allowed_mass")]
        cells = [cell(percent(s), "", s) for s in shares]
        lines.append(Row([_name(r), measured(r, "mae"), measured(r, "wasserstein"), *cells]))
    note = f"Brackets: {found.level} intervals from a bootstrap over personas."
    return Table("Every condition", columns, lines, note, "errors_by_country")
