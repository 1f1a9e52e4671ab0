"""The section on how common the personas are among humans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mores.instruments.countries import countries
from mores.personas.variables import N_VARIABLES
from mores.report.blocks import Block, Column, Prose, Row, Section, Table, cell
from mores.report.numbers import count, fixed, percent
from mores.report.value_action.labels import persona_label
from mores.report.visible import visible

if TYPE_CHECKING:
    from mores.report.value_action.context import Findings

__all__ = ["prevalence"]

_COLUMNS = [
    Column("Category", numeric=False),
    Column("Persona", numeric=False),
    Column("Shared", hint=f"mean number of the {N_VARIABLES} levels that a respondent shares"),
    Column("Most", hint="levels shared by the most similar respondent"),
    Column("7 or more", hint="weighted share of respondents who share at least seven levels"),
    Column("Congruence", hint="1 if all beliefs of an axis stand on one point of it"),
    Column("Less congruous", hint="weighted share of respondents whose beliefs fit less well"),
    Column("Nearest country", numeric=False, hint="where respondents share most levels"),
]
_WHOM = {
    "persona": "Whom the model was asked to be",
    "user": "Whom the model was told that it talks to",
    "third-person": "Whose answers the model was asked to predict",
}


def prevalence(found: Findings) -> Section | None:
    """How common the personas are among humans; None if no persona was asked."""
    table = found.tables["persona_prevalence"]
    if table.is_empty():
        return None
    first = table.row(0, named=True)
    who = visible(str(first["humans"]), breaks=False)[:80]
    rows = [
        Row(
            [
                cell(visible(str(r["category"]), breaks=False)[:40]),
                cell(persona_label(r["persona"], r["category"])),
                cell(fixed(r["shared_levels"]), "", r["shared_levels"]),
                cell(count(r["most_shared"]), "", r["most_shared"]),
                cell(percent(r["share_alike"]), "", r["share_alike"]),
                cell(fixed(r["congruence"]), "", r["congruence"]),
                cell(percent(r["share_less_congruous"]), "", r["share_less_congruous"]),
                cell(_country(r["nearest_country"])),
            ]
        )
        for r in table.rows(named=True)
        if r["shared_levels"] is not None
    ]
    text = (
        f"{_WHOM[found.study.framing]} need not exist. Each respondent's answers give a level on "
        f"each of the ten variables; {count(first['n'])} of {count(first['respondents'])} "
        f"respondents of the data set {who} have all ten and a weight."
    )
    if first["synthetic"]:
        text += (
            " These respondents are synthetic: drawn from a model, with no human behind them. "
            "Repeat with --data NAME for an imported survey."
        )
    note = (
        f"Humans: {who}. Weighted, each country counting alike; no intervals. Respondents of whom a "
        "level is unknown are left out, and they are not a random part."
    )
    blocks: list[Block] = [
        Prose([text]),
        Table("Personas among humans", _COLUMNS, rows, note, "persona_prevalence"),
    ]
    return Section("prevalence", "How common the personas are", blocks)


def _country(code: str | None) -> str:
    if code is None:
        return "–"
    found = countries().get(code)
    return found.name if found else visible(code, breaks=False)
