"""Several models side by side."""

import polars as pl
import pytest
from page_reading import Page
from persona_material import (
    COUNTRIES,
    MAIN,
    QUESTIONS,
    MadeRun,
    Story,
    blocks_of,
    manifest,
    outside,
    tables,
)
from report_material import HOSTILE

from mores.report.calibrated_personas import compare
from mores.report.comparison import labelled, write_comparison
from mores.report.page import rendered
from mores.report.style import svg_of

FEW = {
    "arms": MAIN, "countries": COUNTRIES[5:8], "questions": QUESTIONS[:4],
    "guidance": ("social_science", "predict"),
}  # fmt: skip


def run(tmp_path, label, k=0, synthetic=True, simulated=False, **changes):
    story = Story(label=label, seed=k, skill=1 - 0.2 * k, **(FEW | changes))
    known = manifest(story, simulated=simulated, synthetic=synthetic)
    return MadeRun(tmp_path / f"run{k}", known, tables(story))


def compared(runs):
    """The page of a comparison, without its files."""
    named = labelled(runs)
    figures = blocks_of(compare.charts(named))
    return Page(rendered(compare.page(named, compare.tables(named), figures)))


def test_a_comparison_has_its_figures_and_its_table(tmp_path):
    runs = [
        run(tmp_path, "large", 0),
        run(tmp_path, "small", 1),
        run(tmp_path, "sim", 2, simulated=True),
    ]
    path = write_comparison(runs, tmp_path / "out")
    page = Page(path.read_text("utf-8"))
    page.check_safe()
    assert {p.stem for p in (tmp_path / "out/figures").iterdir()} == {
        "figure2_error_by_model",
        "figure5_guidance",
        "figure6_descriptors",
        "figure8_by_question",
        "figure11_error_heat_map",
    }
    table = pl.read_parquet(tmp_path / "out/tables/errors_by_model.parquet")
    assert table.height == 3 * len(MAIN)
    for made in runs:
        label = made.manifest["model"]["label"]
        own = made.tables["errors_by_country"].filter(country="all", guidance="social_science")
        own = own.filter(pl.col("descriptors").is_in(["", "composable"]))
        row = table.filter(model=label, arm="value+nationality")
        expected = own.filter(arm="value+nationality")
        for column in ("mae", "mae_low", "mae_questions_high", "wasserstein", "allowed_mass"):
            assert row[column][0] == expected[column][0]
        assert table.filter(model=label)["countries_best"].sum() == 3
    assert "Simulated: sim." in page.words
    assert "Synthetic humans" in page.words


def test_nothing_is_cut_off_and_every_figure_says_what_it_rests_on(tmp_path):
    labels = ["gemma-4-31b-it-with-a-long-name-of-its-own-and-more-besides", "b"]
    runs = [(label, run(tmp_path, label, k)) for k, label in enumerate(labels)]
    for chart in compare.charts(runs):
        assert outside(chart.figure) == [], chart.name
        flat = " ".join(svg_of(chart.figure).split())
        assert "requests coded" in flat
        assert "synthetic humans" in flat
        assert "imulated" not in flat
        assert "2 models against" in flat


@pytest.mark.parametrize(
    "changes",
    [
        {"arms": ("generic",)},
        {"arms": ("value",), "countries": COUNTRIES[:1]},
        {"without": ("errors_by_country", "errors", "tests")},
    ],
)
def test_runs_with_missing_pieces_can_be_compared(tmp_path, changes):
    runs = [run(tmp_path, "a", 0, **changes), run(tmp_path, "b", 1, **changes)]
    page = compared(runs)
    page.check_safe()
    assert "is not drawn" in page.words


def test_models_with_other_arms_share_a_page(tmp_path):
    runs = [run(tmp_path, "a", 0), run(tmp_path, "b", 1, arms=("country", "value"))]
    compared(runs).check_safe()
    table = compare.tables(labelled(runs))["errors_by_model"]
    assert table.filter(model="b")["arm"].to_list() == ["country", "value"]


def test_labels_are_words_and_real_runs_are_not_called_otherwise(tmp_path):
    runs = [run(tmp_path, HOSTILE, 0, synthetic=False), run(tmp_path, "b", 1, synthetic=False)]
    runs[1].manifest["fingerprint"]["prompts"] = "other"
    page = compared(runs)
    page.check_safe()
    assert not page.all("img")
    assert "These runs differ in prompts." in page.words
    assert "imulated" not in page.source
    assert "ynthetic" not in page.source
