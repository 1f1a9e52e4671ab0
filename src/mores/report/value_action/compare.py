"""Several models side by side: the paper's tables 1 and 2, and its figures 2 and 3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mores.measures.comparison import benjamini_hochberg
from mores.report.blocks import (
    Bullets,
    Cell,
    Chart,
    Column,
    Fact,
    FigureBlock,
    Page,
    Prose,
    Row,
    Section,
    Table,
    cell,
)
from mores.report.heading import label_of
from mores.report.numbers import SIGNIFICANT, count, fixed, number_of, percent, signed
from mores.report.side_by_side import (
    coverage_note,
    coverage_section,
    coverage_table,
    described,
    difference_banners,
    level_of,
)
from mores.report.value_action.alignment_figures import MEASURES, Measure, ModelRows, by_category
from mores.report.value_action.labels import ALL, BASELINE, Group, category_rows, groups_of
from mores.studies.value_action.framing import DEFAULT

if TYPE_CHECKING:
    import polars as pl

    from mores.report.registry import Run

__all__ = ["charts", "page", "tables"]

_NAMES = {"ad": "table1_alignment_distance", "ar": "table2_alignment_rate"}
_TITLES = {
    "ad": "Table 1. Alignment distance (AD), lower is better",
    "ar": "Table 2. Alignment rate (AR), higher is better",
}
_COUNTED = ("n_dilemmas", "n_pairs", "n_paired")
_PARTS = (
    *("study", "seed", "dilemmas", "personas", "framing", "prompts", "scales", "asking"),
    "sampling",
)


def framing_of(run: Run) -> str | None:
    """Whose the personas of a run are; None where it has none."""
    asked = run.tables["alignment_by_category"]["category"].to_list()
    if set(asked) <= {BASELINE}:
        return None
    return str(run.manifest["fingerprint"].get("framing", DEFAULT))


def named_by_framing(runs: Sequence[tuple[str, Run]]) -> list[tuple[str, Run]]:
    """The runs, with the framing in their labels where they have several.

    A folder's name in a label gives way to the framing, if that tells the runs of a model apart.
    """
    framings = [framing_of(run) for _, run in runs]
    if len(set(framings) - {None}) < 2:
        return list(runs)
    plain = [
        _with_framing(label_of(run.manifest) if framing else label, framing)
        for (label, run), framing in zip(runs, framings, strict=True)
    ]
    shared = Counter(plain)
    return [
        (name if shared[name] == 1 else _with_framing(label, framing), run)
        for name, (label, run), framing in zip(plain, runs, framings, strict=True)
    ]


def _with_framing(label: str, framing: str | None) -> str:
    if framing is None:
        return label
    return f"{label[:-1]}, {framing})" if label.endswith(")") else f"{label} ({framing})"


def _kinds(runs: Sequence[tuple[str, Run]]) -> str:
    """What rows are: runs where a model may be there in several framings."""
    return "run" if len({framing_of(run) for _, run in runs} - {None}) > 1 else "model"


def _lines(runs: Sequence[tuple[str, Run]]) -> list[tuple[str, list[tuple[Group, dict[str, Any]]]]]:
    """Rows by category of each run, without all personas together, which the paper has not."""
    return [
        (
            label,
            [
                (group, row)
                for group, row in category_rows(run.tables["alignment_by_category"])
                if group.category != ALL
            ],
        )
        for label, run in runs
    ]


def _groups(runs: Sequence[tuple[str, Run]]) -> list[Group]:
    pairs = [(g.category, g.rendering) for _, rows in _lines(runs) for g, _ in rows]
    return [g for g in groups_of(pairs) if not g.baseline]


def _stems(groups: Sequence[Group], several: bool) -> list[str]:
    """Column stems, one a group: names that come to the same are numbered."""
    stems: list[str] = []
    for group in groups:
        text = f"{group.category}_{group.rendering}" if several else group.category
        stem = "".join(c if c.isalnum() else "_" for c in text.lower())
        same = sum(s == stem or s.startswith(f"{stem}_no") for s in stems)
        stems.append(f"{stem}_no{same + 1}" if same else stem)
    return stems


def tables(runs: Sequence[tuple[str, Run]]) -> dict[str, pl.DataFrame]:
    """The paper's tables 1 and 2: a row a model, the baseline, then each category with its Δ.

    Parameters
    ----------
    runs : sequence of (label, Run)

    Returns
    -------
    dict of polars.DataFrame
        Columns: ``model``, ``baseline_ad``, then for each category ``C_ad``, ``C_ad_delta``,
        ``C_p_adjusted`` and ``C_significant`` (``ar`` for the rate). P values are adjusted for all
        tests of the table, over models and categories. ``coverage`` counts the requests of each run.
    """
    import polars as pl

    runs = named_by_framing(runs)
    groups = _groups(runs)
    several = len({g.category for g in groups}) < len(groups)
    out = {}
    for prefix, name in _NAMES.items():
        adjusted = _adjusted(runs, groups, prefix)
        column = "alignment_distance" if prefix == "ad" else "alignment_rate"
        rows = []
        for k, (label, lines) in enumerate(_lines(runs)):
            by_group = {(g.category, g.rendering): r for g, r in lines}
            base = next((r for g, r in lines if g.baseline), None)
            row: dict[str, Any] = {"model": label, f"baseline_{prefix}": base and base[column]}
            for j, (group, stem) in enumerate(zip(groups, _stems(groups, several), strict=True)):
                found = by_group.get((group.category, group.rendering))
                p = None if np.isnan(adjusted[k, j]) else float(adjusted[k, j])
                row[f"{stem}_{prefix}"] = found and found[column]
                row[f"{stem}_{prefix}_delta"] = found and found[f"{prefix}_delta"]
                row[f"{stem}_p_adjusted"] = p
                row[f"{stem}_significant"] = None if p is None else p < SIGNIFICANT
            rows.append(row)
        schema = {
            key: pl.String
            if key == "model"
            else pl.Boolean
            if key.endswith("_significant")
            else pl.Float64
            for key in rows[0]
        }
        out[name] = pl.DataFrame(rows, schema=schema)
    out["coverage"] = coverage_table(runs)
    return out


def _adjusted(runs: Sequence[tuple[str, Run]], groups: Sequence[Group], prefix: str) -> Any:
    p = np.full((len(runs), len(groups)), np.nan)
    for k, (_, lines) in enumerate(_lines(runs)):
        by_group = {(g.category, g.rendering): r for g, r in lines}
        for j, group in enumerate(groups):
            row = by_group.get((group.category, group.rendering))
            if row is not None and row[f"{prefix}_p"] is not None:
                p[k, j] = row[f"{prefix}_p"]
    return benjamini_hochberg(p)


def charts(runs: Sequence[tuple[str, Run]]) -> list[Chart]:
    """Figures 2 and 3 for all models."""
    import polars as pl

    runs = named_by_framing(runs)
    models = [
        ModelRows(label, run.tables["alignment_by_category"].filter(pl.col("category") != ALL))
        for label, run in runs
    ]
    made_up = sum(bool(run.manifest["model"]["simulated"]) for _, run in runs)
    who = f"{len(runs)} {_kinds(runs)}s" + (", all simulated" if made_up == len(runs) else "")
    note, level = coverage_note(runs), level_of(runs)
    return [by_category(m, models, level, note, who) for m in MEASURES]


def page(
    runs: Sequence[tuple[str, Run]],
    tables: Mapping[str, pl.DataFrame],
    figures: Sequence[FigureBlock],
) -> Page:
    """The page of a comparison."""
    runs, kind = named_by_framing(runs), _kinds(runs)
    groups = _groups(runs)
    drawn = {figure.name: figure for figure in figures}
    sections = []
    for measure in MEASURES:
        table = _page_table(measure, groups, tables[_NAMES[measure.prefix]])
        title = f"{measure.title}, {measure.better}"
        sections.append(Section(measure.prefix, title, [table, drawn[measure.name]]))
    sections.append(Section("basis", "What the numbers rest on", [_basis(runs)]))
    sections += [coverage_section(tables["coverage"]), _doubts(runs)]
    labels = [label for label, _ in runs]
    return Page(
        title=f"The value–action gap: {kind}s side by side",
        subtitle=", ".join(labels) if len(labels) <= 6 else f"{len(labels)} {kind}s",
        banners=_banners(runs),
        facts=[Fact(label, described(run)) for label, run in runs],
        findings=[_found(groups, tables, measure, kind) for measure in MEASURES],
        coverage="Measures rest on coded answers alone; nothing is imputed.",
        sections=sections,
    )


def _banners(runs: Sequence[tuple[str, Run]]) -> list[str]:
    found = difference_banners(runs, _PARTS)
    bare = [label for label, lines in _lines(runs) if not any(g.baseline for g, _ in lines)]
    if bare:
        found.append(
            f"Without a baseline: {', '.join(bare)}. No difference from it can be given or tested."
        )
    return found


def _found(
    groups: Sequence[Group], tables: Mapping[str, pl.DataFrame], measure: Measure, kind: str
) -> str:
    """How many models, or runs, improve, by category."""
    table = tables[_NAMES[measure.prefix]]
    several = len({g.category for g in groups}) < len(groups)
    parts = []
    for group, stem in zip(groups, _stems(groups, several), strict=True):
        rows = [
            (d, s)
            for d, s in zip(
                table[f"{stem}_{measure.prefix}_delta"], table[f"{stem}_significant"], strict=True
            )
            if s is not None
        ]
        if not rows:
            continue
        models = number_of(len(rows), kind)
        better = sum(s and d > 0 for d, s in rows)
        worse = sum(s and d < 0 for d, s in rows)
        parts.append(
            f"{group.title.lower()} personas improve {better} of {models} and worsen {worse}"
        )
    if not parts:
        return f"{measure.title}: no {kind} could be compared with a baseline of its own."
    return (
        f"{measure.title}, counting differences from the {kind}'s own baseline with p < .05 after "
        f"adjustment: {'; '.join(parts)}; the others show no significant difference."
    )


def _page_table(measure: Measure, groups: Sequence[Group], table: pl.DataFrame) -> Table:
    several = len({g.category for g in groups}) < len(groups)
    prefix, short = measure.prefix, measure.prefix.upper()
    columns = [Column("Model", numeric=False), Column(f"Baseline {short}")]
    for group in groups:
        name = f"{group.title} personas"
        columns += [Column(short, group=name), Column(f"{short} Δ", group=name)]
    rows = []
    for row in table.rows(named=True):
        base = row[f"baseline_{prefix}"]
        cells: list[Cell] = [cell(row["model"]), cell(fixed(base), "", base)]
        for stem in _stems(groups, several):
            value, delta = row[f"{stem}_{prefix}"], row[f"{stem}_{prefix}_delta"]
            strong = bool(row[f"{stem}_significant"])
            cells += [cell(fixed(value), "", value), cell(signed(delta), "", delta, strong)]
        rows.append(Row(cells))
    note = (
        "Δ is improvement over the model's own baseline. Bold: p < .05, "
        + ("sign flips of the mean" if prefix == "ad" else "swaps of persona and baseline")
        + " over dilemmas, adjusted (Benjamini–Hochberg) for all tests of this table; a run's "
        "own report adjusts for the tests of that run, its row of all personas among them. A dash: "
        "not asked, or no baseline to compare with."
    )
    return Table(_TITLES[prefix], columns, rows, note, _NAMES[prefix])


def _basis(runs: Sequence[tuple[str, Run]]) -> Table:
    """Numbers of pairs and dilemmas, and coverage, by model and category."""
    rows = []
    for label, lines in _lines(runs):
        for group, row in lines:
            shares = [row["coverage"], row.get("answer_coverage")]
            rows.append(
                Row(
                    [
                        cell(label),
                        cell(group.title),
                        *(cell(count(row.get(n)), "", row.get(n)) for n in _COUNTED),
                        *(cell(percent(share), "", share) for share in shares),
                    ]
                )
            )
    columns = [
        Column("Model", numeric=False),
        Column("Category", numeric=False),
        Column("Dilemmas", hint="with at least one complete pair"),
        Column("Pairs", hint="dilemma and persona, both questions coded at least once"),
        Column("Paired", hint="dilemmas complete on both sides: over them are Δ and p"),
        Column("Coverage", hint="share of pairs that could be measured"),
        Column("Answers", hint="share of planned answers that are coded"),
    ]
    return Table("Numbers and coverage by category", columns, rows)


def _doubts(runs: Sequence[tuple[str, Run]]) -> Section:
    items = [
        (
            "Models are not tested against each other.",
            "Each is compared with its own baseline. That one model has a significant difference "
            "and another has not does not show that the two differ.",
        ),
        (
            "Coverage may differ.",
            "Where one model refuses more than another, their means rest on different dilemmas; "
            "see each run's worst-case bounds.",
        ),
        (
            "Intervals and tests.",
            "Intervals come from drawing dilemmas anew. They cover neither other personas nor "
            "other wordings. See the report of each run for answers, floors and doubts.",
        ),
    ]
    if _kinds(runs) == "run":
        items.append(
            (
                "Framings are different tasks.",
                "As a persona the model answers for somebody; as the user's (user), for itself, "
                "knowing who asks; as another person's (third-person), it predicts. Baselines are "
                "asked with the same prompts in all framings: if nothing else of the runs differs, "
                "they differ by noise of answering alone.",
            )
        )
    lead = "Every number of a row can be followed to answers in the report of its run."
    return Section("doubts", "Doubts", [Bullets(items), Prose([lead])])
