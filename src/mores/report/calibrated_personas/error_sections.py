"""Sections on what was asked, on errors, on the map and on single questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Block, Cell, Column, Prose, Row, Section, Table, cell
from mores.report.calibrated_personas.absence import Figures, figure_or_reason
from mores.report.calibrated_personas.context import Rows, known, mean_of
from mores.report.calibrated_personas.labels import (
    ALL_COUNTRIES,
    BASELINES,
    arm_style,
    baseline_title,
    condition_note,
    question_title,
    safe,
)
from mores.report.calibrated_personas.sentences import by_test, overall_tests
from mores.report.numbers import (
    bounds,
    count,
    fixed,
    is_significant,
    number_of,
    p_text,
    percent,
    signed,
)

if TYPE_CHECKING:
    from mores.report.calibrated_personas.context import Findings

__all__ = ["asked", "errors", "measured", "number", "on_map", "questions"]


def measured(row: Mapping[str, Any], column: str) -> Cell:
    """A number with its interval."""
    value = known(row, column)
    ends = bounds(known(row, f"{column}_low"), known(row, f"{column}_high"))
    return cell(fixed(value), ends, value)


def number(row: Mapping[str, Any], column: str, digits: int = 3) -> Cell:
    """A number."""
    value = known(row, column)
    return cell(fixed(value, digits), "", value)


def _count(row: Mapping[str, Any], column: str) -> Cell:
    value = known(row, column)
    return cell(count(None if value is None else int(value)), "", value)


def _share(row: Mapping[str, Any], column: str) -> Cell:
    value = known(row, column)
    return cell(percent(value), "", value)


_REQUESTS = ("designed", "asked", "coded", "refused", "uncoded", "failed")
_COUNTED = (*_REQUESTS, "for_comparison")


def asked(found: Findings) -> Section:
    """Requests by condition, what sharing equal prompts saved, and where asking stopped."""
    rows = _by_arm(found.model.rows("requests"))
    lines = [Row([_condition(r), *(_request(r, c) for c in _REQUESTS), _saving(r)]) for r in rows]
    total = {c: sum(known(r, c) or 0 for r in rows) for c in _COUNTED}
    if len(rows) > 1:
        cells = [cell("All"), *(_request(total, c) for c in _REQUESTS), _saving(total)]
        lines.append(Row(cells, apart=True))
    columns = [
        Column("Arm", numeric=False),
        Column("Designed", hint="personas × questions × countries, as if nothing were shared"),
        Column("Asked", hint="distinct requests"),
        *(Column(c.capitalize()) for c in _REQUESTS[2:]),
        Column("Saved", hint="designed answers that equal prompts share"),
    ]
    note = (
        "Equal prompts are asked once, and their answer counts for every persona that has them. Per "
        "cent of asked. Refused: the model declined. Uncoded: its reply gives no probability or "
        "option that can be read. Failed: there is no reply."
    )
    if total["for_comparison"]:
        note += " Asked holds the answers in text too, which saved leaves aside."
    blocks: list[Block] = [Prose(_paragraphs(found, total))]
    if lines:
        blocks.append(Table("Requests by arm", columns, lines, note, "requests"))
    return Section("asked", "What was asked of whom", blocks)


def _by_arm(rows: Rows) -> Rows:
    """Sums by arm, those of personas with some of their descriptors only in a row of their own."""
    found: dict[tuple[str, bool], dict[str, Any]] = {}
    for row in rows:
        partial = row.get("indicators") not in (None, "all")
        held = found.setdefault((row["arm"], partial), {"arm": row["arm"], "partial": partial})
        held["conditions"] = [*held.get("conditions", []), row]
        held |= {c: (held.get(c) or 0) + (known(row, c) or 0) for c in _COUNTED}
    return list(found.values())


def _condition(row: Mapping[str, Any]) -> Cell:
    """An arm, and in how many wordings it was asked."""
    conditions = row["conditions"]
    if row["partial"]:
        return Cell(arm_style(row["arm"]).title, f"{number_of(len(conditions), 'condition')} with "
                    "some of the descriptors")  # fmt: skip
    numbers = [len({r.get(k) or "" for r in conditions}) for k in ("guidance", "descriptors")]
    words = (("guidance variant", numbers[0]), ("descriptor set", numbers[1]))
    note = ", ".join(number_of(n, what) for what, n in words if n > 1)
    return Cell(arm_style(row["arm"]).title, note)


def _request(row: Mapping[str, Any], column: str) -> Cell:
    made, of = _count(row, column), known(row, "asked")
    if column in ("designed", "asked") or not of:
        return made
    return cell(made.text, percent((known(row, column) or 0.0) / of), made.order)


def _saving(row: Mapping[str, Any]) -> Cell:
    designed, done = known(row, "designed"), known(row, "asked")
    beside = known(row, "for_comparison") or 0
    saved = 1 - (done - beside) / designed if designed and done is not None else None
    return cell(percent(saved), "", saved)


def _paragraphs(found: Findings, total: Mapping[str, float]) -> list[str]:
    designed, beside = int(total["designed"]), int(total["for_comparison"])
    done = int(total["asked"]) - beside
    said = []
    if designed:
        said.append(
            f"The design holds {number_of(designed, 'answer')} of personas, questions and countries. "
            f"Equal prompts share their answers, so that {count(done)} distinct requests stand for "
            f"them, {percent(1 - done / designed)} fewer."
        )
    if beside:
        said.append(
            f"{number_of(beside, 'request')} more ask for an answer in text, to compare with the "
            "probabilities."
        )
    people = found.manifest.get("humans") or {}
    if people.get("respondents"):
        kind = "synthetic respondents" if found.synthetic else "respondents"
        said.append(
            f"The model is compared with {count(people['respondents'])} {kind} of "
            f"{number_of(int(people.get('countries') or 0), 'country', 'countries')}; a country's "
            "personas are drawn from its own with replacement, by survey weight. A question that "
            "makes a persona is never asked of it."
        )
    said.append(_precision(found.manifest.get("precision")))
    return said


def _precision(told: Any) -> str:
    """Where asking stopped, if it was to stop at an interval of a stated width."""
    if not isinstance(told, dict) or told.get("width") is None:
        return "Asking was not to stop at a stated precision: every persona drawn was asked."
    reached = told.get("reached")
    if reached is None:
        how = "There was no interval to judge by with "
    else:
        met = "narrow enough" if reached <= told["width"] else "still wider"
        how = f"The widest came to {fixed(reached)}, {met}, with "
    saved = int(told.get("saved_requests") or 0)
    return (
        "Personas were asked in blocks until the interval of every arm's mean absolute error "
        f"would be narrower than {fixed(told['width'])} of the scale's range. {how}"
        f"{count(told.get('personas'))} of {count(told.get('of'))} personas a country, which saved "
        f"{number_of(saved, 'request')}."
    )


def errors(found: Findings, figures: Figures) -> Section:
    """Mean absolute error by arm with floors and ceiling; figures 2, 11 and 3."""
    lines = [_arm_row(found, arm) for arm in found.model.arms]
    beside = {
        r["arm"]: r for r in found.model.baselines("errors_by_country", country=ALL_COUNTRIES)
    }
    order = [a for a in BASELINES if a in beside] + [a for a in beside if a not in BASELINES]
    for k, arm in enumerate(order):
        lines.append(
            Row([cell(baseline_title(arm)), *_measures(beside[arm], _no_test())], apart=k == 0)
        )
    columns = [
        Column("Arm", numeric=False),
        Column("Questions", hint="question–country pairs that could be compared"),
        Column("MAE", hint="|predicted − observed mean| ÷ range of the scale; over personas"),
        Column("over questions", hint="interval of the MAE from a bootstrap over questions"),
        Column("Wasserstein", hint="distance of the distributions ÷ range of the scale"),
        Column("Δ MAE", group="Against the country arm", hint="arm less country arm"),
        Column("p", group="Against the country arm", hint="Wilcoxon's signed ranks, adjusted"),
        Column("effect", group="Against the country arm"),
        Column("whole", group="Normalised variance", hint="of the population's distribution"),
        Column("within", group="Normalised variance", hint="mean over personas"),
        Column("humans", group="Normalised variance"),
        Column("Coverage", hint="share of personas with a coded answer"),
        Column("Allowed mass", hint="probability of an answer that is an option"),
    ]
    note = (
        f"Means over countries. Brackets: {found.level} intervals from a bootstrap over personas, "
        "where there are any; in a column of their own over questions. "
        "Bold: p < .05 after adjustment (Benjamini–Hochberg). Each arm with one guidance variant and "
        "one descriptor set. Below the line: floors, ceiling and other methods, which ask no model: "
        "uniform answers; the other countries' most frequent answer; their mean distribution; ordinal "
        "regression and a random forest from the same ten indicators, learned in other countries; and, "
        f"from random halves of the {found.humans}, the error that would be left to a model that "
        "answers exactly as they do, because they are a sample: the least that can be hoped for."
    )
    table = Table("Error by arm", columns, lines, note, "errors_by_country")
    drawn = figure_or_reason(
        figures, "figure2_error_by_arm", "figure11_error_heat_map", "figure3_error_by_personas"
    )
    return Section("errors", "Error by arm", [table, *drawn])


def _measures(row: Mapping[str, Any], test: list[Cell]) -> list[Cell]:
    """Cells of a row, the test beside the errors: a narrow page hides what comes last."""
    return [
        _count(row, "questions"),
        measured(row, "mae"),
        _ends(row, "mae"),
        measured(row, "wasserstein"),
        *test,
        number(row, "variance_mixture"),
        number(row, "variance_within"),
        number(row, "variance_human"),
        _share(row, "coverage"),
        _share(row, "allowed_mass"),
    ]


def _ends(row: Mapping[str, Any], column: str) -> Cell:
    low, high = known(row, f"{column}_questions_low"), known(row, f"{column}_questions_high")
    return cell(bounds(low, high) or fixed(None), "", low)


def _no_test() -> list[Cell]:
    return [cell(fixed(None)) for _ in range(3)]


def _arm_row(found: Findings, arm: str) -> Row:
    guidance, descriptors = found.model.reference[arm]
    row = found.model.mae.get((arm, ALL_COUNTRIES), {})
    note = condition_note(guidance, descriptors)
    title = Cell(arm_style(arm).title, note)
    test = by_test(overall_tests(found, (arm, "country")), "wilcoxon") if arm != "country" else None
    if test is None:
        return Row([title, *_measures(row, _no_test())])
    sign = 1 if test["arm_a"] == arm else -1
    difference, effect = (
        None if (value := known(test, column)) is None else sign * value
        for column in ("difference", "effect")
    )
    p = known(test, "p_adjusted")
    sure = is_significant(p)
    tested = [
        cell(signed(difference), "", difference, sure),
        cell(p_text(p), "", p, sure),
        cell(signed(effect, 2), "", effect),
    ]
    return Row([title, *_measures(row, tested)])


def on_map(found: Findings, figures: Figures) -> Section:
    """Figure 1."""
    drawn = figure_or_reason(figures, "figure1a_cultural_map", "figure1b_personas_on_map")
    return Section("map", "On the cultural map", drawn)


def questions(found: Findings, figures: Figures) -> Section:
    """Figure 8, and every question with the error of each arm."""
    rows = found.model.main("errors")
    arms = found.model.arms
    lines = []
    for question in dict.fromkeys(r["question"] for r in rows):
        own = [r for r in rows if r["question"] == question]
        used = len({r["country"] for r in own if known(r, "absolute_error") is not None})
        cells = [
            Cell(question_title(question, 60), safe(question)),
            cell(str(used), "", used),
        ]
        for arm in arms:
            mean = mean_of([known(r, "absolute_error") for r in own if r["arm"] == arm])
            cells.append(cell(fixed(mean), "", mean))
        human = {r["country"]: known(r, "variance_human") for r in own}
        spread = mean_of(list(human.values()))
        lines.append(Row([*cells, cell(fixed(spread), "", spread)]))
    columns = [
        Column("Question", numeric=False),
        Column("Countries", hint="in which it is used"),
        *(
            Column(arm_style(arm).short, group="Mean absolute error", hint=arm_style(arm).title)
            for arm in arms
        ),
        Column("Variance", hint=f"normalised, of the {found.humans}, mean over countries"),
    ]
    note = (
        "Means over the countries in which the question is used; a question that too many "
        "respondents of a country left unanswered is left out there."
    )
    blocks = figure_or_reason(figures, "figure8_by_question")
    if lines:
        blocks.append(Table("Error by question", columns, lines, note, "errors"))
    return Section("questions", "Question by question", blocks)
