"""All tables together: columns, missing values, and the printed table of the paper."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies.framings.built import (
    FRAMINGS,
    SLICES,
    answered,
    by_hand,
    cells_and_contexts,
    observed,
)
from studies.framings.printed import PRINTED

from mores.measures.gaps import gap
from mores.studies.framings.tables import tables

COLUMNS = {
    "overall": "model framing n coverage refusal_rate baseline_gap response_gap shift alignment "
    "alignment_low alignment_high form hedge_rate units slices alignment_low_humans "
    "alignment_high_humans alignment_low_both alignment_high_both",
    "by_slice": "model framing slice language country n coverage refusal_rate baseline_gap "
    "response_gap shift alignment alignment_low alignment_high form hedge_rate",
    "by_category": "model framing category n coverage refusal_rate baseline_gap response_gap shift "
    "alignment alignment_low alignment_high form hedge_rate units",
    "by_axis": "model framing axis slice n baseline_semantic response_semantic human_semantic "
    "semantic_shift semantic_alignment_delta delta_low delta_high form units",
    "by_unit": "model framing slice language country unit category status coverage response "
    "baseline baseline_gap response_gap shift alignment form refused hedged n_humans",
    "deviations": "model framing slice country axis human response baseline world human_deviation "
    "response_deviation baseline_deviation n form",
    "references": "reference slice n gap gap_low gap_high form",
    "tests": "model test framing_a framing_b slice n wins losses difference effect p p_adjusted "
    "form",
    "refusals": "model framing language n coverage refusal_rate hedge_rate uncoded_rate "
    "failed_rate refused_rate allowed_mass unseen",
    "requests": "model framing counted asked coded refused uncoded failed",
    "prompt_languages": "model framing slice prompt_language n coverage baseline_gap response_gap "
    "shift alignment alignment_low alignment_high form refusal_rate",
    "paraphrases": "model framing paraphrase n agreement distance coverage alignment alignment_low "
    "alignment_high form n_compared",
}


@pytest.fixture(scope="module")
def whole():
    humans = observed(crossed=True, paraphrases=1)
    return tables(humans, answered(humans, repeats=3), draws=60, level=0.9, seed=1)


def test_every_table_has_its_columns(whole) -> None:
    assert {name: " ".join(table.columns) for name, table in whole.items()} == COLUMNS


def test_every_column_is_described(whole) -> None:
    path = Path(__file__).parents[3] / "docs" / "parts" / "columns" / "framings.toml"
    described = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(described["tables"]) - {"answers"} == set(whole)
    for name, table in whole.items():
        own = described["tables"][name].get("columns", {})
        assert set(own) <= set(table.columns), name
        assert set(table.columns) <= set(own) | set(described["columns"]), name


def test_no_table_holds_nan_or_infinity(whole) -> None:
    for name, table in whole.items():
        for column in table.select(pl.col(pl.Float64)):
            assert column.drop_nulls().is_finite().all(), (name, column.name)


def test_alignment_is_baseline_less_response_exactly(whole) -> None:
    for name in ("overall", "by_slice", "by_category", "by_unit", "prompt_languages"):
        table = whole[name].drop_nulls("alignment")
        assert table.height
        assert (table["baseline_gap"] - table["response_gap"] == table["alignment"]).all(), name


def test_gaps_and_rates_lie_between_0_and_1_and_intervals_hold_the_figure(whole) -> None:
    for name, table in whole.items():
        shares = [c for c in table.columns if c.endswith(("_gap", "coverage", "_rate", "shift"))]
        for column in shares if name != "by_axis" else ["baseline_semantic", "human_semantic"]:
            assert table[column].drop_nulls().is_between(0, 1).all(), (name, column)
    overall = whole["overall"]
    for side in ("", "_humans", "_both"):
        assert (overall[f"alignment_low{side}"] <= overall["alignment"]).all()
        assert (overall[f"alignment_high{side}"] >= overall["alignment"]).all()


def test_the_same_seed_gives_the_same_tables_and_another_does_not() -> None:
    humans = observed(respondents=60)
    replies = answered(humans)
    first, second, other = (
        tables(humans, replies, draws=20, level=0.9, seed=seed)["overall"] for seed in (3, 3, 4)
    )
    assert first.equals(second)
    assert not first.equals(other)


def test_both_forms_are_there_only_where_they_differ() -> None:
    humans = observed(respondents=60)
    for repeats, chances, wanted in (
        (1, False, ["point"]),
        (2, False, ["point", "distribution"]),
        (1, True, ["point", "distribution"]),
    ):
        replies = answered(humans, repeats=repeats, probabilities=chances)
        made = tables(humans, replies, draws=20, level=0.9, seed=0)
        for name in ("overall", "by_axis", "tests", "references", "deviations", "by_unit"):
            assert made[name]["form"].unique(maintain_order=True).to_list() == wanted


def test_tables_of_what_is_not_there_are_left_out() -> None:
    humans = observed(respondents=60)
    made = tables(humans, answered(humans), draws=20, level=0.9, seed=0)
    assert set(COLUMNS) - set(made) == {"prompt_languages", "paraphrases"}


def test_a_model_that_answers_nothing_has_nulls_and_no_noughts() -> None:
    humans = observed(respondents=60)
    made = tables(humans, answered(humans, missing=1.0), draws=20, level=0.9, seed=0)
    overall = made["overall"]
    assert overall["n"].to_list() == [0] * 4
    assert overall["coverage"].to_list() == [0.0] * 4
    for column in ("baseline_gap", "response_gap", "shift", "alignment", "alignment_low"):
        assert overall[column].null_count() == 4, column
    assert made["tests"]["p_adjusted"].null_count() == made["tests"].height
    assert made["by_axis"]["semantic_alignment_delta"].null_count() == made["by_axis"].height
    assert made["deviations"]["human"].null_count() == made["deviations"].height


def test_main_tables_use_own_cells_only(whole) -> None:
    humans = observed(crossed=True, paraphrases=1)
    replies = answered(humans, repeats=3)
    own = [c for c, cell in enumerate(humans.cells) if cell.own]
    arrays = ("shares", "n", "n_effective", "coverage", "split_half")
    only = replace(
        humans,
        cells=tuple(humans.cells[c] for c in own),
        **{name: getattr(humans, name)[own] for name in arrays},
    )
    alone = tables(only, replies, draws=60, level=0.9, seed=1)
    for name in set(alone) - {"requests"}:
        assert alone[name].equals(whole[name]), name


def test_the_printed_rows_are_their_own_components() -> None:
    """Within the rounding of three figures: 0.0005 each."""
    for *_, baseline, response, _, alignment in PRINTED:
        assert abs(baseline - response - alignment) <= 0.0015
    exact = sum(round(b - r - a, 6) == 0 for *_, b, r, _, a in PRINTED)
    assert exact == 13


BINARY = ("Q57", "Q149", "Q150", "Q165")


def two_options(baseline: float, response: float, shift: float):
    """Shares of the first of two options, of humans, baseline and response, with these three gaps.

    The expected gap of two options is p (1 - q) + q (1 - p), that is 1 - 2 gap = (1 - 2p)(1 - 2q).
    """
    b, r, s = (1 - 2 * x for x in (baseline, response, shift))
    humans = math.sqrt(b * r / s)
    return [(1 - x) / 2 for x in (humans, b / humans, r / humans)]


@pytest.mark.parametrize("model", list(dict.fromkeys(row[0] for row in PRINTED)))
def test_the_printed_table_comes_out_of_replies_that_have_its_components(model) -> None:
    """A unit a framing, of two options, and a thousand replies whose three gaps are the printed ones."""
    rows = [row for row in PRINTED if row[0] == model]
    cells, contexts = cells_and_contexts(SLICES[:1])
    places = {cell.framing: cell.context for cell in cells}
    humans_, replies = {}, {x: {} for x in range(len(contexts))}
    for c, (item, row) in enumerate(zip(BINARY, rows, strict=True)):
        assert row[1] == cells[c].framing == FRAMINGS[c]
        h, b, r = two_options(*row[3:6])
        assert max(h, b, r) <= 1
        humans_[c] = {item: (h, 1 - h)}
        replies[0][item], replies[places[row[1]]][item] = (b, 1 - b), (r, 1 - r)
    found, given = by_hand(BINARY, cells, contexts, humans_, replies, asked=1000, model=model)
    coded = np.zeros_like(given.coded)
    for c, row in enumerate(rows):
        coded[places[row[1]], c] = round(row[2] * 1000)
    asked = np.where(coded > 0, 1000, 0)
    given = replace(given, coded=coded, asked=asked, refused=asked - coded, refusals=asked - coded)
    table = tables(found, given, draws=10, level=0.9, seed=0)["overall"].filter(form="point")
    assert table["framing"].to_list() == list(FRAMINGS)
    for one, row in zip(table.iter_rows(named=True), rows, strict=True):
        _, _, coverage, baseline, response, shift, alignment = row
        assert one["n"] == 1
        assert one["coverage"] == pytest.approx(coverage)
        assert one["baseline_gap"] == pytest.approx(baseline, abs=1e-9)
        assert one["response_gap"] == pytest.approx(response, abs=1e-9)
        assert one["shift"] == pytest.approx(shift, abs=1e-9)
        assert abs(one["alignment"] - alignment) <= 0.0015


def test_two_options_give_the_gaps_that_were_asked_for() -> None:
    h, b, r = two_options(0.337, 0.341, 0.137)
    assert gap([b, 1 - b], [h, 1 - h]) == pytest.approx(0.337)
    assert gap([r, 1 - r], [h, 1 - h]) == pytest.approx(0.341)
    assert gap([r, 1 - r], [b, 1 - b]) == pytest.approx(0.137)


def test_draws_and_level_out_of_range_are_refused() -> None:
    humans = observed(respondents=60)
    replies = answered(humans)
    for wrong in ({"draws": 0, "level": 0.9}, {"draws": 10, "level": 95.0}):
        with pytest.raises(ValueError, match="allowed: "):
            tables(humans, replies, seed=0, **wrong)
