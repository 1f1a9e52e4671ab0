"""Several models side by side."""

import numpy as np
import polars as pl
import pytest
from figure_reading import outside
from page_reading import Page
from report_material import HOSTILE
from tables_made import SLICES, MadeRun, Story, blocks_of, manifest, tables

from mores.report.comparison import labelled, write_comparison
from mores.report.framings import compare
from mores.report.framings.context import ModelTables
from mores.report.framings.sharing import differences, groups_of, shared
from mores.report.page import rendered

FEW = {
    "units": 12,
    "slices": SLICES[:3] + SLICES[10:11],
    "framings": ("user-country", "third-person"),
}


def run(tmp_path, label, k=0, synthetic=True, simulated=False, **changes):
    story = Story(label=label, seed=k, skill=1 - 0.2 * k, **(FEW | changes))
    known = manifest(story, simulated=simulated, synthetic=synthetic)
    return MadeRun(tmp_path / f"run{k}", known, tables(story))


def model(label, **changes):
    return ModelTables(label, False, tables(Story(label=label, **(FEW | changes))))


def compared(runs):
    named = labelled(runs)
    figures = blocks_of(compare.charts(named))
    return Page(rendered(compare.page(named, compare.tables(named), figures)))


def test_a_comparison_has_its_figure_and_its_tables(tmp_path):
    runs = [
        run(tmp_path, "hosted", 0),
        run(tmp_path, "other", 1),
        run(tmp_path, "jais", 2, slices=SLICES[:3]),
        run(tmp_path, "sim", 3, simulated=True, slices=SLICES[10:11]),
    ]
    path = write_comparison(runs, tmp_path / "out")
    page = Page(path.read_text("utf-8"))
    page.check_safe()
    assert {p.stem for p in (tmp_path / "out/figures").iterdir()} == {"figure8_models"}
    table = pl.read_parquet(tmp_path / "out/tables/overall_by_model.parquet")
    own = runs[0].tables["overall"].filter(framing="third-person")
    row = table.filter(model="hosted", framing="third-person")
    for column in ("alignment", "alignment_low", "alignment_high", "shift", "coverage"):
        assert row[column][0] == own[column][0]
    assert table.filter(model="jais")["slices"].to_list() == [3, 3]
    assert "Simulated: sim." in page.words
    assert "Egypt (ar), Jordan (ar), Morocco (ar): hosted, other, jais" in page.words
    for chart in compare.charts(labelled(runs)):
        assert outside(chart.figure) == []
        assert "shared rows" in chart.caption
        assert "jais" not in chart.alt.split("India")[1]


def test_localised_models_are_compared_on_their_slices_alone():
    models = [
        model("a"),
        model("b"),
        model("jais", slices=SLICES[:3]),
        model("x", slices=SLICES[3:4]),
    ]
    groups = groups_of(models)
    assert [(g.models, g.slices) for g in groups] == [
        ((0, 1, 2), SLICES[:3]),
        ((0, 1), SLICES[10:11]),
    ]
    rows = list(shared(models, groups))
    assert {r["model"] for r in rows if r["group"] == groups[1].title} == {"a", "b"}
    assert not [r for r in rows if r["model"] == "x"]


def test_shared_rows_are_those_that_every_model_answered():
    models = [model("a", refusal=0.3), model("b", seed=3, refusal=0.3)]
    group = groups_of(models)
    frames = [
        m.tables["by_unit"].filter(framing="third-person").drop_nulls("alignment") for m in models
    ]
    both = frames[0].join(frames[1], on=["slice", "unit"])
    rows = [r for r in shared(models, group) if r["framing"] == "third-person"]
    assert [r["n"] for r in rows] == [f.height for f in frames]
    assert rows[0]["n_shared"] == rows[1]["n_shared"] == both.height < rows[0]["n"]
    assert rows[0]["alignment_shared"] == pytest.approx(both["alignment"].mean())
    assert rows[1]["alignment_shared"] == pytest.approx(both["alignment_right"].mean())
    found = next(d for d in differences(models, group) if d["framing"] == "third-person")
    expected = (both["alignment"] - both["alignment_right"]).mean()
    assert found["difference"] == pytest.approx(expected)
    assert found["difference_low"] < expected < found["difference_high"]


def test_a_model_does_not_differ_from_itself_and_does_from_a_shifted_one():
    first = model("a")
    moved = dict(first.tables)
    moved["by_unit"] = moved["by_unit"].with_columns(pl.col("alignment") + 0.25)
    models = [first, ModelTables("b", False, first.tables), ModelTables("c", False, moved)]
    found = {(d["model_a"], d["model_b"]): d for d in differences(models, groups_of(models))}
    same, apart = found["a", "b"], found["a", "c"]
    assert same["difference"] == same["difference_low"] == same["difference_high"] == 0
    assert np.allclose(
        [apart[c] for c in ("difference", "difference_low", "difference_high")], -0.25
    )


def test_few_units_have_no_interval():
    models = [model("a", units=4), model("b", units=4, seed=2)]
    rows = list(shared(models, groups_of(models)))
    assert rows
    assert all(r["alignment_low"] is None for r in rows)


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        ({"slices": SLICES[:2]}, {"slices": SLICES[5:7]}, "No slice was asked of two"),
        ({"refusal": 1.0, "intervals": False}, {}, "no alignment could be computed"),
        ({"without": ("by_unit", "by_slice")}, {}, "is not drawn"),
        ({"framings": ("language",)}, {"framings": ("my-own",)}, "Figure 8 is not drawn"),
    ],
)
def test_runs_with_missing_pieces_can_be_compared(tmp_path, one, two, said):
    page = compared([run(tmp_path, "a", 0, **one), run(tmp_path, "b", 1, **two)])
    page.check_safe()
    assert said in page.words
    assert not {"None", "nan"} & set(page.words.split())


def test_runs_that_differ_say_so(tmp_path):
    runs = [run(tmp_path, "a", 0), run(tmp_path, "jais", 1, slices=SLICES[:2])]
    for k, made in enumerate(runs):
        made.manifest["fingerprint"]["prompts"] = str(k)
        made.manifest["humans"] = {"fingerprint": str(k)}
    words = compared(runs).words
    assert "These runs have other slices." in words
    assert "differ in prompts" not in words
    assert "compared with other humans" in words


def test_baselines_in_other_languages_are_said_to_be(tmp_path):
    runs = [run(tmp_path, "a", 0), run(tmp_path, "jais", 1, slices=SLICES[:2])]
    for made, language in zip(runs, ("en", "ar"), strict=True):
        made.manifest["fingerprint"]["framings"] = [["language", language, None, 0]]
    assert "baselines in other languages (ar, en)" in compared(runs).words
    runs[1].manifest["fingerprint"]["framings"] = [["language", "en", None, 0]]
    assert "baselines in other languages" not in compared(runs).words


def test_labels_are_words_and_real_runs_are_not_called_otherwise(tmp_path):
    runs = [run(tmp_path, HOSTILE, 0, synthetic=False), run(tmp_path, "b", 1, synthetic=False)]
    runs[1].manifest["fingerprint"]["prompts"] = "other"
    page = compared(runs)
    page.check_safe()
    assert not page.all("img")
    assert "These runs differ in prompts." in page.words
    assert "imulated" not in page.source
    assert "ynthetic" not in page.source
