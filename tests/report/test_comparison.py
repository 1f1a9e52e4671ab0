import numpy as np
import polars as pl
import pytest
from page_reading import Page
from report_material import HOSTILE

from mores.measures.comparison import benjamini_hochberg
from mores.report.comparison import labelled, write_comparison

CATEGORIES = ("max", "moderate", "incongruous")


@pytest.fixture(scope="module")
def compared(run, other_run, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared") / "new"
    assert write_comparison([run, other_run], out) == out / "comparison.html"
    return out


def test_the_tables_have_the_layout_of_the_paper(compared, run, other_run):
    for prefix, name, column in (
        ("ad", "table1_alignment_distance", "alignment_distance"),
        ("ar", "table2_alignment_rate", "alignment_rate"),
    ):
        table = pl.read_parquet(compared / f"tables/{name}.parquet")
        expected = ["model", f"baseline_{prefix}"]
        for c in CATEGORIES:
            expected += [
                f"{c}_{prefix}",
                f"{c}_{prefix}_delta",
                f"{c}_p_adjusted",
                f"{c}_significant",
            ]
        assert table.columns == expected
        assert table.height == 2
        raw = []
        for row, source in zip(table.rows(named=True), (run, other_run), strict=True):
            found = {
                r["category"]: r for r in source.tables["alignment_by_category"].rows(named=True)
            }
            assert row[f"baseline_{prefix}"] == found["baseline"][column]
            for c in CATEGORIES:
                assert row[f"{c}_{prefix}"] == found[c][column]
                assert row[f"{c}_{prefix}_delta"] == found[c][f"{prefix}_delta"]
                raw.append(float("nan") if (p := found[c][f"{prefix}_p"]) is None else p)
        adjusted = benjamini_hochberg(raw)
        shown = table.select(f"{c}_p_adjusted" for c in CATEGORIES).fill_null(np.nan)
        cells = [p for row in shown.rows() for p in row]
        flags = [row[f"{c}_significant"] for row in table.rows(named=True) for c in CATEGORIES]
        assert cells == pytest.approx(list(adjusted), nan_ok=True)
        assert flags == [None if np.isnan(p) else p < 0.05 for p in adjusted]


def test_the_page_shows_what_the_tables_flag(compared):
    page = Page((compared / "comparison.html").read_text("utf-8"))
    page.check_safe()
    flagged = 0
    for name in ("table1_alignment_distance", "table2_alignment_rate"):
        table = pl.read_parquet(compared / f"tables/{name}.parquet")
        flagged += sum(int(table[f"{c}_significant"].sum()) for c in CATEGORIES)
    assert len([e for e in page.all("strong") if e.text[:1] in "+\u2212"]) == flagged
    assert "Max personas" in page.words
    assert "Numbers and coverage by category" in page.words
    assert "Without a baseline" not in page.words
    assert "Simulated:" in page.words
    assert {p.name for p in (compared / "figures").iterdir()} == {
        f"{name}.{kind}"
        for name in ("figure2_alignment_distance", "figure3_alignment_rate")
        for kind in ("svg", "png")
    }


def test_equal_labels_are_told_apart_by_folder(run, other_run):
    assert run.manifest["model"]["label"] == other_run.manifest["model"]["label"]
    labels = [label for label, _ in labelled([run, other_run, run])]
    assert len(set(labels)) == 3
    assert labels[1].endswith("(elsewhere)")
    assert labels[0].endswith("(out)")


def test_a_model_without_a_baseline_is_named(run, other_run, tmp_path):
    bare = _Renamed(other_run, label="bare")
    table = other_run.tables["alignment_by_category"]
    unknown = [c for c in table.columns if "_delta" in c or c.startswith(("ad_p", "ar_p"))]
    table = table.filter(pl.col("category") != "baseline").with_columns(
        *(pl.lit(None, table.schema[c]).alias(c) for c in unknown)
    )
    bare.tables = {**other_run.tables, "alignment_by_category": table}
    page = Page(write_comparison([run, bare], tmp_path).read_text("utf-8"))
    assert "Without a baseline: bare." in page.words


class _Renamed:
    def __init__(self, run, **model):
        self.folder, self.tables = run.folder, run.tables
        self.manifest = run.manifest | {"model": run.manifest["model"] | model}


def test_labels_are_words_and_unlike_runs_are_pointed_out(run, other_run, tmp_path):
    first = _Renamed(run, label=HOSTILE, simulated=False)
    second = _Renamed(other_run, label="plain", simulated=False)
    second.manifest["fingerprint"] = second.manifest["fingerprint"] | {"prompts": "other"}
    page = Page(write_comparison([first, second], tmp_path).read_text("utf-8"))
    page.check_safe()
    assert not page.all("img")
    assert "These runs differ in prompts." in page.words
    assert "imulated" not in page.source
