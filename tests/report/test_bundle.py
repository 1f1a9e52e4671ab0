import re
from urllib.parse import parse_qsl

import polars as pl
import pytest
from page_reading import Page
from report_material import HOSTILE, Material, real

from mores.errors import StoreError, StudyError
from mores.report.bundle import write_report
from mores.report.registry import reporting_of

FIGURES = {
    "figure2_alignment_distance",
    "figure3_alignment_rate",
    "figure4_value_by_persona",
    "figure5_answer_distribution",
    "figure_delta_by_value",
    "figure_personas",
    "figure_positions",
}


@pytest.fixture(scope="module")
def written(small: Material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    write_report(folder, small.bound, small.manifest, small.answers, small.tables)
    return folder


@pytest.fixture(scope="module")
def page(written):
    return Page((written / "report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def hostile_folder(hostile: Material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    write_report(folder, hostile.bound, hostile.manifest, hostile.answers, hostile.tables)
    return folder


def test_every_table_and_figure_is_there(written, small):
    for name, table in small.tables.items():
        assert pl.read_parquet(written / f"tables/{name}.parquet").equals(table)
        csv = pl.read_csv(written / f"tables/{name}.csv", infer_schema_length=None)
        assert csv.columns == table.columns
        assert csv.height == table.height
    assert {p.stem for p in (written / "tables").iterdir()} == set(small.tables)
    assert {p.name for p in (written / "figures").iterdir()} == {
        f"{name}.{kind}" for name in FIGURES for kind in ("svg", "png")
    }
    assert pl.read_parquet(written / "answers.parquet").equals(small.answers)


def test_equal_input_gives_equal_files(written, small, tmp_path):
    folder = tmp_path / written.name
    folder.mkdir()
    write_report(folder, small.bound, small.manifest, small.answers, small.tables)
    for path in sorted(written.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(written)).read_bytes(), path


def test_the_page_is_safe_and_complete_without_script(page):
    page.check_safe()
    ids = {e.attributes.get("id") for e in page.elements}
    sections = ("findings", "floors", "values", "topics", "personas", "answers", "positions")
    assert ids >= {*sections, "stability", "anchoring", "coverage", "doubts", "methods", "trace"}
    assert ids >= FIGURES
    assert len(page.all("svg")) == len(FIGURES)
    assert len(page.all("caption")) >= 12
    named = [i for i in (e.attributes.get("id") for e in page.elements) if i]
    assert len(named) == len(set(named))
    for link in page.all("a"):
        assert link.attributes["href"].removeprefix("#") in ids


def test_a_simulated_run_says_so_before_anything_else(page, written):
    assert page.words.index("Simulated model") < page.words.index("What was found")
    for path in (written / "figures").glob("*.svg"):
        assert "imulated" in path.read_text("utf-8"), path


def test_a_real_run_nowhere_says_simulated(small, tmp_path):
    manifest = real(small.manifest)
    tables = small.bound.analyse(small.answers, "test-model")
    write_report(tmp_path, small.bound, manifest, small.answers, tables)
    for path in [tmp_path / "report.html", *(tmp_path / "figures").glob("*.svg")]:
        assert "imulated" not in path.read_text("utf-8"), path
    words = Page((tmp_path / "report.html").read_text("utf-8")).words
    assert "test-model" in words
    assert "NOT taken by this model, so its own default held: top_k 64." in words


def test_what_was_found_carries_the_numbers_of_the_tables(page, small):
    rows = {r["category"]: r for r in small.tables["alignment_by_category"].rows(named=True)}
    base, best = rows["baseline"], rows["max"]
    assert f"{base['alignment_distance']:.3f}" in page.words
    assert f"{base['ad_by_style']:.3f} apart" in page.words
    sign = "+" if best["ad_delta"] > 0 else "\u2212"
    assert f"{sign}{abs(best['ad_delta']):.3f}" in page.words
    counts = small.manifest["counts"]
    assert f"{counts['coded']:,} coded" in page.words
    assert f"{counts['refused']:,} refused" in page.words


def test_significance_is_bold_where_the_adjusted_p_says_so_and_only_there(page, small):
    rows = small.tables["alignment_by_category"].rows(named=True)
    expected = sum(2 for r in rows for p in ("ad", "ar") if (r[f"{p}_p_adjusted"] or 1) < 0.05)
    table = page.source.split("Alignment by category of persona</caption>")[1].split("</table>")[0]
    assert table.count("<strong>") == expected


def test_every_pair_and_reply_can_be_followed(page, small):
    data = page.data
    pairs = small.tables["pairs"]
    assert len(data["d"]) == pairs.height == len(data["dilemmas"]) * len(data["arms"])
    for found, value in zip(data["d"], pairs["alignment_distance"].to_list(), strict=True):
        assert found == (None if value is None else round(value, 4))
    repeats, digits = data["repeats"], data["keyDigits"]
    n = pairs.height * 2 * repeats
    assert len(data["choice"]) == len(data["place"]) == len(data["texts"]) == n
    assert len(data["keys"]) == n * digits
    arms = {(a[0], a[3]): i for i, a in enumerate(data["arms"])}
    dilemmas = {d[0]: i for i, d in enumerate(data["dilemmas"])}
    for row in small.answers.sample(200, seed=1).rows(named=True):
        pair = dilemmas[row["dilemma"]] * len(arms) + arms[row["persona"], row["rendering"]]
        slot = (pair * 2 + ("value", "action").index(row["question"])) * repeats + row["repeat"] - 1
        key = data["keys"][slot * digits : (slot + 1) * digits]
        assert row["key"] == f"m1-{row['key'][3:]}"
        assert row["key"].startswith(f"m1-{key}")
        code = data["choice"][slot]
        if row["status"] == "coded":
            score = data["scores"][row["question"]][int(code, 20)]
            assert score == row["score"]
            assert int(data["place"][slot], 20) == row["position"]
        else:
            assert code == row["status"][0]


@pytest.mark.parametrize("which", ["written", "hostile_folder"])
def test_rows_lead_to_filters_that_exist(which, request):
    folder = request.getfixturevalue(which)
    page = Page((folder / "report.html").read_text("utf-8"))
    data = page.data
    known = {
        "category": {a[2] for a in data["arms"]} | {"all personas"},
        "rendering": {a[3] for a in data["arms"]},
        "persona": {a[0] for a in data["arms"]},
        "value": {v for v, _ in data["values"]},
        "topic": {t for t, _ in data["topics"]},
    }
    traces = [e.attributes["data-trace"] for e in page.all("tr") if "data-trace" in e.attributes]
    assert len(traces) > 10
    for trace in traces:
        for name, value in parse_qsl(trace, strict_parsing=True):
            assert value in known[name]
    cells = [e.attributes["data-cell"] for e in page.elements if "data-cell" in e.attributes]
    plan = data["matrices"]["figure4_value_by_persona"]
    assert {int(c.split(".")[0]) for c in cells} <= set(range(len(plan["values"])))
    assert {int(c.split(".")[1]) for c in cells} <= set(range(len(plan["arms"])))
    assert cells


def test_hostile_words_stay_words(hostile_folder):
    source = (hostile_folder / "report.html").read_text("utf-8")
    page = Page(source)
    page.check_safe()
    assert not page.all("img")
    assert not page.all("b")
    assert not page.all("i")
    assert not page.all("u")
    for unseen in ("\u202e", "\u200b", "\x00", "\x1b", "\u2028"):
        assert unseen not in source
    assert "<u>Title</u> & more" in page.words
    text = page.data["texts"][0]
    assert text.startswith(HOSTILE)
    assert "\\u202eabc\\u200b\\u0000\\u001b" in text
    assert "more characters" in text
    assert len(text) < 500
    assert len(source) < 3_000_000
    for path in (hostile_folder / "figures").glob("*.svg"):
        drawn = path.read_text("utf-8")
        assert "<script" not in drawn
        assert "<img" not in drawn
        assert "\u202e" not in drawn


def test_hostile_words_are_no_formulas_in_csv(hostile_folder):
    for path in (hostile_folder / "tables").glob("*.csv"):
        text = path.read_text("utf-8")
        assert not re.search(r'(^|,)"?[=@]', text, re.MULTILINE), path
        assert "\u202e" not in text


def test_many_requests_bring_no_words_of_replies(small, tmp_path, monkeypatch):
    from mores.report.value_action import tracing

    monkeypatch.setattr(tracing, "MOST_TEXTS", 100)
    found = reporting_of("value-action").open_findings(
        tmp_path, small.bound, small.manifest, small.answers, small.tables
    )
    assert "texts" not in tracing.trace_data(found)
    monkeypatch.setattr(tracing, "MOST_REPLIES", 100)
    assert "choice" not in tracing.trace_data(found)
    monkeypatch.setattr(tracing, "MOST_PAIRS", 10)
    assert tracing.trace_data(found) is None


def test_an_unfinished_run_says_so(small, tmp_path):
    part = small.answers.head(100)
    counts = {s: part.filter(pl.col("status") == s).height for s in small.manifest["counts"]}
    manifest = small.manifest | {"counts": counts, "state": "budget"}
    tables = small.bound.analyse(part, "x")
    write_report(tmp_path, small.bound, manifest, part, tables)
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert f"Unfinished: 100 of {manifest['planned']} requests" in page.words
    assert "the budget was spent" in page.words


def test_no_coded_answer_is_reported_and_not_made_up(small, tmp_path):
    none = small.answers.with_columns(
        status=pl.lit("refused"),
        reason=pl.lit("refusal"),
        option=pl.lit(None, pl.Int16),
        score=pl.lit(None, pl.Float64),
        choice=pl.lit(None, pl.String),
        position=pl.lit(None, pl.Int16),
    )
    counts = {"coded": 0, "refused": none.height, "uncoded": 0, "failed": 0}
    manifest = small.manifest | {"counts": counts}
    write_report(tmp_path, small.bound, manifest, none, small.bound.analyse(none, "x"))
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    page.check_safe()
    assert "there is nothing to measure" in page.words
    assert "nan" not in page.words.lower().split()


def test_a_folder_that_cannot_be_written_is_named(small, tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StoreError, match=r"report\.html cannot be written"):
        write_report(tmp_path, small.bound, small.manifest, small.answers, small.tables)


def test_a_study_without_a_report_is_named():
    with pytest.raises(StudyError, match="interviews"):
        reporting_of("interviews")
