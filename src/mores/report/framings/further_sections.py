"""Sections on refusals, references, tests, prompt languages, paraphrases and prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Block, Cell, Code, Column, Prose, Row, Section, Table, cell
from mores.report.framings.absence import Figures, figure_or_reason
from mores.report.framings.context import Rows, known
from mores.report.framings.gaps_figure import references_of
from mores.report.framings.labels import (
    ALL,
    framing_style,
    language_title,
    reference_title,
    safe,
    slice_title,
)
from mores.report.framings.language_figure import crossed_cells
from mores.report.framings.measure_tables import (
    measured,
    share,
    signed_cell,
    whole_cell,
)
from mores.report.framings.sentences import pair_test
from mores.report.numbers import fixed, is_significant, p_text, signed
from mores.report.visible import clipped

if TYPE_CHECKING:
    from mores.report.framings.context import Findings

__all__ = ["languages", "paraphrases", "prompts", "references", "refusals", "tests"]

_RATES = ("coverage", "refused_rate", "uncoded_rate", "failed_rate", "refusal_rate", "hedge_rate")
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_LONGEST = 6000
"""Of a prompt on the page, in characters."""


def refusals(found: Findings, figures: Figures) -> Section:
    """Figure 7 and its numbers."""
    lines: list[Row] = []
    rows = found.model.rows("refusals")
    order = [*dict.fromkeys(r["language"] for r in rows if r["language"] != ALL), ALL]
    for language in order:
        own = [r for r in rows if r["language"] == language]
        for k, row in enumerate(own):
            lines.append(
                Row(
                    [
                        cell(language_title(language)),
                        cell(framing_style(row["framing"]).title),
                        whole_cell(row, "n"),
                        *(share(row, c) for c in _RATES),
                    ],
                    apart=k == 0 and bool(lines),
                )
            )
    columns = [
        Column("Language", numeric=False),
        Column("Framing", numeric=False),
        Column("Replies"),
        Column("Coded", group="Outcome", hint="coverage"),
        Column("Refused", group="Outcome", hint="the reply declines and gives no option"),
        Column("Not coded", group="Outcome", hint="no option, or more than one, could be read"),
        Column("Failed", group="Outcome", hint="there is no reply"),
        Column("refusing", group="Words of", hint="whatever the outcome"),
        Column("hedging", group="Words of", hint="whatever the outcome"),
    ]
    note = (
        "Per cent of replies asked for. Outcomes add up to 100; words of refusing and hedging are "
        "flagged by each language's own list, whether the reply could be coded or not."
    )
    table = Table("Refusals by language and framing", columns, lines, note, "refusals")
    drawn = figure_or_reason(figures, "figure7_refusals")
    return Section("refusals", "Refusals and coverage", [*drawn, *([table] if rows else [])])


def references(found: Findings) -> Section:
    """Floors and ceilings over all slices and in each."""
    model, framing = found.model, found.model.strongest
    beside = references_of(model)
    if not beside:
        text = "No reference could be computed: the humans have no answers to these questions."
        return Section("references", "References", [Prose([text])])
    names = [r["reference"] for r in beside]
    by_slice = {r["slice"]: r for r in model.main("by_slice", framing=framing)} if framing else {}
    overall = model.overall.get(framing or "", {})
    lines: list[Row] = []
    for part in [ALL, *model.slices]:
        rows = {r["reference"]: r for r in references_of(model, part)}
        own = overall if part == ALL else by_slice.get(part, {})
        lines.append(
            Row(
                [
                    cell(slice_title(part)),
                    *(measured(own, c) for c in ("baseline_gap", "response_gap")),
                    *(measured(rows.get(n, {}), "gap") for n in names),
                ],
                apart=len(lines) == 1,
            )
        )
    title = framing_style(framing).title.lower() if framing else "no framing"
    columns = [
        Column("Slice", numeric=False),
        Column("Baseline gap", group="Model"),
        Column("Response gap", group="Model", hint=f"under {title}"),
        *(Column(reference_title(n), group="Without asking a model") for n in names),
    ]
    texts = (
        "How far from the humans of a slice lies what asks no model: any option with the same chance "
        "(uniform); the answer of a human of the world, each country counting the same (world "
        "average); the most frequent of these (world's modal answer); the option nearest to the "
        "slice's own humans (best single answer); and the slice's humans from the people whom they "
        "are drawn from (split half), nearer than which nothing can be told.",
        "An answer that is one option has a gap even if it is the best of all, because people differ: "
        "the gap of the best single answer. Split half is a distance of distributions.",
    )
    note = (
        f"Gaps as shares of the scale. Brackets: {found.level} intervals over questions. Model: under "
        f"{title}."
    )
    table = Table("Gaps beside floors and ceiling", columns, lines, note, "references")
    return Section("references", "References", [Prose(texts), table])


def tests(found: Findings) -> Section:
    """Sign tests of framings over slices, and of third-person against persona slice by slice."""
    rows = found.model.main("tests", test="sign-over-slices")
    blocks: list[Block] = []
    if not rows:
        blocks.append(Prose(["There are no two framings with a slice in common to test."]))
    else:
        blocks.append(_pairs(rows))
    by_slice = _slice_tests(found)
    if by_slice is not None:
        blocks.append(by_slice)
    return Section("tests", "Framings against each other", blocks)


def _outcome(row: dict[str, Any]) -> list[Cell]:
    p = known(row, "p_adjusted")
    return [
        whole_cell(row, "n"),
        whole_cell(row, "wins"),
        whole_cell(row, "losses"),
        cell(signed(known(row, "difference")), "", known(row, "difference")),
        cell(fixed(known(row, "effect"), 2), "", known(row, "effect")),
        cell(p_text(known(row, "p")), "", known(row, "p")),
        cell(p_text(p), "", p, is_significant(p)),
    ]


def _heads(what: str) -> list[Column]:
    return [
        Column(what),
        Column("greater", group="Alignment of the first"),
        Column("smaller", group="Alignment of the first"),
        Column("Difference", hint="mean, first − second"),
        Column("Effect", hint="(greater − smaller) ÷ their sum, −1 to 1"),
        Column("p", hint="sign test"),
        Column("p adjusted", hint="Benjamini–Hochberg, within the table tests"),
    ]


def _pairs(rows: Rows) -> Table:
    lines = [
        Row(
            [
                cell(framing_style(r["framing_a"]).title),
                cell(framing_style(r["framing_b"]).title),
                *_outcome(r),
            ]
        )
        for r in rows
    ]
    columns = [Column("Framing", numeric=False), Column("against", numeric=False)]
    note = (
        "Sign tests over slices: in how many slices the first framing's alignment is greater. Bold: "
        "p < .05 after adjustment. Slices of one language share wording and, under the language "
        "framing, replies: they are not independent, and p is smaller than it should be. Against the "
        "language framing the humans differ too: those of the language there, of the country here."
    )
    return Table("Framings, slice by slice", [*columns, *_heads("Slices")], lines, note, "tests")


def _slice_tests(found: Findings) -> Table | None:
    """Third-person against persona, question by question in each slice."""
    framings = found.model.framings
    pair = ("third-person", "persona-country")
    if not set(pair) <= set(framings):
        return None
    rows = [
        r
        for r in found.model.main("tests", test="sign-over-units")
        if {r["framing_a"], r["framing_b"]} == set(pair)
    ]
    if not rows:
        return None
    first, second = rows[0]["framing_a"], rows[0]["framing_b"]
    lines = [Row([cell(slice_title(r["slice"])), *_outcome(r)]) for r in rows]
    row = pair_test(found.model, first, second)
    tail = f" Over slices: greater in {row['wins']}, smaller in {row['losses']}." if row else ""
    note = (
        "Sign tests over units within each slice. Bold: p < .05 after adjustment for all tests of "
        f"the file.{tail}"
    )
    caption = (
        f"{framing_style(first).title} against {framing_style(second).title.lower()}, by slice"
    )
    columns = [Column("Slice", numeric=False), *_heads("Units")]
    return Table(caption, columns, lines, note, "tests")


def languages(found: Findings, figures: Figures) -> Section | None:
    """Own language against the others; None if languages were not crossed."""
    cells = crossed_cells(found.model)
    if not cells:
        return None
    spoken = list(dict.fromkeys(lang for of in cells.values() for lang in of))
    lines: list[Row] = []
    for (framing, name), of in cells.items():
        own = name.partition("-")[0]
        numbers = [cell(slice_title(name)), cell(framing_style(framing).title)]
        for language in spoken:
            value = signed_cell(of.get(language, {}), "alignment")
            numbers.append(cell(value.text, value.note, value.order, language == own))
        lines.append(Row(numbers))
    columns = [Column("Slice", numeric=False), Column("Framing", numeric=False)]
    columns += [Column(language_title(x), group="Language of the prompt") for x in spoken]
    text = (
        "A country's own language may carry information of its own. Here each country is asked about "
        "in the languages of all slices: along a row the country cue stays and the language changes. "
        "The language framing has no country cue and is not crossed."
    )
    note = (
        f"Directional alignment. Brackets: {found.level} intervals over questions. Bold: the slice's "
        "own language (no test)."
    )
    table = Table("Alignment by language of the prompt", columns, lines, note, "prompt_languages")
    drawn = figure_or_reason(figures, "figure_prompt_languages")
    return Section("languages", "Language apart from country", [Prose([text]), *drawn, table])


def paraphrases(found: Findings) -> Section | None:
    """How much a paraphrase of preamble and suffix changes; None if none was asked."""
    rows = found.model.main("paraphrases")
    if not rows:
        return None
    lines = [
        Row(
            [
                cell(framing_style(r["framing"]).title),
                cell("wording itself" if r["paraphrase"] == 0 else f"paraphrase {r['paraphrase']}"),
                whole_cell(r, "n"),
                share(r, "coverage"),
                share(r, "agreement"),
                measured(r, "distance"),
                signed_cell(r, "alignment"),
            ]
        )
        for r in rows
    ]
    columns = [
        Column("Framing", numeric=False),
        Column("Wording", numeric=False),
        Column("n"),
        Column("Coverage"),
        Column("Agreement", hint="share of answers equal to those to the wording itself"),
        Column("Distance", hint="from the answers to the wording itself, share of the scale"),
        Column("Alignment"),
    ]
    text = (
        "Preambles and suffixes say the same in other words; questions and options stay. Where "
        "alignment differs by as much between paraphrases as between framings, wording explains the "
        "latter as well."
    )
    note = f"Brackets: {found.level} intervals over questions."
    table = Table("Paraphrases", columns, lines, note, "paraphrases")
    return Section("paraphrases", "Paraphrases", [Prose([text]), table])


def prompts(found: Findings) -> Section:
    """Some prompts as they were sent, in each language."""
    sample = getattr(found.bound, "sample_prompts", None)
    told = sample() if sample else []
    text = (
        "Messages as they are sent, one or more a language; each is the whole prompt. All others are "
        "listed with their replies by mores answers."
    )
    blocks: list[Block] = [Prose([text])]
    for language, framing, message in told:
        caption = f"{language_title(language)}, {framing_style(framing).title.lower()}"
        direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
        blocks.append(
            Code(clipped(message, _LONGEST), caption, lang=safe(language, 12), direction=direction)
        )
    return Section("prompts", "Prompts", blocks)
