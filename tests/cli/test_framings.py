"""The third study as a user runs it."""

import json
import re

import polars as pl
import pytest
from cli.test_commands import mores
from models.scripted_server import chat, http, serving
from studies.framings.asked_of_sim import study_text

FIRST_COLUMNS = {
    "overall": "model framing n coverage refusal_rate baseline_gap response_gap shift alignment "
    "alignment_low alignment_high",
    "by_slice": "model framing slice language country n coverage refusal_rate",
    "by_category": "model framing category n coverage refusal_rate",
    "by_axis": "model framing axis slice n",
    "by_unit": "model framing slice language country unit category status",
    "deviations": "model framing slice country axis",
    "references": "reference slice n gap",
    "tests": "model test framing_a framing_b slice n wins losses",
    "refusals": "model framing language n coverage refusal_rate hedge_rate",
    "requests": "model framing counted asked coded refused uncoded failed",
    "prompt_languages": "model framing slice prompt_language n",
    "paraphrases": "model framing paraphrase n agreement",
}
UNITS = ("Q33", "Q45", "Q57", "Q64", "Q112", "Q152", "Q158", "Q164", "Q197", "SU_NEIGHBORS")
WHOLE = study_text(
    slices=("ar-EGY", "en-KEN", "hi-IND"),
    units=UNITS,
    framings='prompt_languages = "all"\nparaphrases = 1',
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("framings")
    (place / "mine.toml").write_text(WHOLE, encoding="utf-8")
    done = mores("run", "mine.toml", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout
    assert "Traceback" not in done.stderr
    return place / "out"


@pytest.mark.parametrize("table", FIRST_COLUMNS)
def test_tables_have_the_columns_that_readers_rely_on(folder, table):
    frame = pl.read_parquet(folder / "tables" / f"{table}.parquet")
    wanted = FIRST_COLUMNS[table].split()
    assert frame.columns[: len(wanted)] == wanted
    assert frame.height
    assert (folder / "tables" / f"{table}.csv").stat().st_size


def test_every_answer_says_whose_wording_it_was_asked_in(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    by_language = dict(answers.group_by("language").agg(pl.col("wording").unique()).iter_rows())
    assert by_language == {"ar": ["translation"], "en": ["instrument"], "hi": ["translation"]}


def test_a_battery_is_one_row_with_its_parts(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    batteries = answers.filter(unit="SU_NEIGHBORS", status="coded")
    assert batteries.height
    assert (batteries["parts"].list.len() == 9).all()
    assert batteries["option"].null_count() == batteries.height


def test_alignment_is_the_gain_on_the_baseline(folder):
    for name in ("overall", "by_slice", "by_category", "by_unit"):
        table = pl.read_parquet(folder / "tables" / f"{name}.parquet").drop_nulls("alignment")
        off = (table["baseline_gap"] - table["response_gap"] - table["alignment"]).abs().max()
        assert off < 1e-12, name


def test_the_report_says_what_is_made_up_and_shows_every_language(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "simulated" in page.lower()
    assert "synthetic" in page.lower()
    assert "reconstructed" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert re.search(r'<[^>]*lang="ar"[^>]*dir="rtl"|<[^>]*dir="rtl"[^>]*lang="ar"', page)
    assert 'lang="hi"' in page
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] == ["humans", "model"]


def test_every_figure_is_there_twice(folder):
    drawn = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert drawn == {path.stem for path in (folder / "figures").glob("*.png")}
    assert len(drawn) >= 7


def test_the_same_command_asks_nothing_again(folder):
    before = (folder / "answers.parquet").read_bytes()
    done = mores("run", "mine.toml", "--out", "out", cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    assert "asking 0 requests" in done.stderr + done.stdout
    assert (folder / "answers.parquet").read_bytes() == before


def test_answers_are_listed_by_framing_language_and_country(folder):
    listed = mores("answers", ".", "--where", "framing=third-person", "--limit", "1", cwd=folder)
    heads, first = listed.stdout.splitlines()[1:3]
    assert heads.split()[:5] == ["key", "framing", "language", "country", "unit"]
    assert first.split()[1:4] == ["third-person", "ar", "EGY"]


def test_a_battery_is_shown_with_the_options_of_its_members(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    row = answers.filter(unit="SU_NEIGHBORS", status="coded").row(0, named=True)
    printed = mores("answers", ".", "--key", row["key"], cwd=folder).stdout
    parts = ", ".join(map(str, row["parts"]))
    assert f"options of the members, in the order asked: {parts}\n" in printed + "\n"


def test_a_dry_run_of_the_preset_counts_both_ways():
    done = mores("run", "framings", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "5,252 requests counted per slice, 4,646 asked" in " ".join(done.stdout.split())
    assert "Nothing was asked" in done.stdout


def test_several_models_side_by_side_on_the_slices_they_share(folder, tmp_path):
    text = study_text(slices=("ar-EGY", "ru-RUS"), units=UNITS)
    (tmp_path / "local.toml").write_text(text, encoding="utf-8")
    model = "sim:steer_third_person=0.1"
    other = mores("run", "local.toml", "--model", model, "--out", "b", cwd=tmp_path)
    assert other.returncode == 0, other.stderr
    done = mores("compare", folder, tmp_path / "b", "--out", tmp_path / "both")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "both" / "comparison.html").read_text(encoding="utf-8")
    assert "Egypt" in page
    assert "Russia" not in page.split("<table")[1]
    assert list((tmp_path / "both" / "figures").glob("*.svg"))


# --- over HTTP -------------------------------------------------------------------------------------


def _answer(asked):
    """The second option by its number; of a battery the first option's words on each line."""
    if asked.body is None:
        return http(200, {"data": [{"id": "m"}]})
    said = asked.body["messages"][-1]["content"]
    words = [line[2:] for line in said.splitlines() if line.startswith("- ")]
    numbered = [line for line in said.splitlines() if re.match(r"\d+\. ", line)]
    if not words:
        return http(200, chat("2"))
    return http(200, chat("\n".join(f"{n}: {words[0]}" for n in range(1, len(numbered) + 1))))


def test_over_http_every_language_is_asked_and_coded(tmp_path):
    text = study_text(
        slices=("ar-EGY", "fr-CAN", "ru-RUS"), units=("Q45", "Q164", "SU_IMMIGRATION_EFFECTS")
    )
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with serving(_answer) as server:
        done = mores("run", "mine.toml", "--model", server.spec, "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answers = pl.read_parquet(tmp_path / "out" / "answers.parquet")
    assert set(answers["status"]) == {"coded"}, answers.filter(pl.col("status") != "coded")
    assert set(answers["language"]) == {"ar", "en", "fr", "ru"}
    assert len(answers) == 3 * (4 + 9)
    assert set(answers.filter(unit="Q45")["option"]) == {1}
    parts = answers.filter(unit="SU_IMMIGRATION_EFFECTS")["parts"].to_list()
    assert len({tuple(p) for p in parts}) == 1
    assert len(set(parts[0])) == 1
    sent = [a.body["messages"] for a in server.asked if a.body and "أجب" in str(a.body["messages"])]
    assert sent
    assert all(len(messages) == 1 for messages in sent)


# --- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"ar-EGY"', '"ar-ATL"'), "'ATL' is no ISO 3166 alpha-3 code"),
        (('"ar-EGY"', '"EGY"'), "ar-EGY"),
        (('"ar-EGY"', '"ar-EGY", "ar-EGY"'), "twice"),
        (('"ar-EGY"', '"zz-EGY"'), "zz"),
        (('"ar-EGY"', '"fr-EGY"'), "humans_by"),
        (('"Q45"', '"Q999"'), "Q999"),
        (('"Q45"', '"Q7"'), "name SU_CHILD_QUALITIES"),
        (('"Q45"', '"q45"'), "did you mean 'Q45'"),
        (('"Q45"', '"Q33"'), "twice"),
        (("[framings]", '[framings]\nnames = ["language", "thirdperson"]'), "third-person"),
        (("paraphrases = 1", "paraphrases = 9"), "set framings.paraphrases to at most 2"),
        (("[framings]", '[framings]\nbaseline = "xx"'), "xx"),
        (('prompt_languages = "all"', 'prompt_languages = "both"'), "own"),
        (("seed = 7", 'seed = 7\nwordings = ["none.csv"]'), "none.csv"),
        (("seed = 7", 'seed = 7\nwordings = ["a/own.csv", "b/own.csv"]'), "a/own.csv"),
        (("seed = 7", "seed = 7\nsample = 0"), "sample"),
        (("seed = 7", 'seed = 7\nhumans_by = "language"'), "country"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(tmp_path, change, said):
    assert change[0] in WHOLE
    (tmp_path / "mine.toml").write_text(WHOLE.replace(*change, 1), encoding="utf-8")
    done = mores("run", "mine.toml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("mores: mine.toml")
    assert not (tmp_path / "out").exists()


# --- one's own wording -----------------------------------------------------------------------------

OWN = """\
language,item,part,text
en,Q45,question,Would more respect for authority be good or bad?
en,framing,neighbour,My neighbour is from {country}.
ar,framing,neighbour,جاري من {country}.
en,country,DEU,Germany
"""


def test_a_file_of_wordings_is_asked_and_recorded(tmp_path):
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    text = study_text(
        slices=("en-KEN", "ar-EGY"),
        units=("Q45", "Q57"),
        framings='names = ["language", "neighbour"]',
    ).replace("seed = 7", 'seed = 7\nwordings = ["own.csv"]')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    done = mores("run", "mine.toml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answers = pl.read_parquet(tmp_path / "out" / "answers.parquet")
    assert set(answers["framing"]) == {"language", "neighbour"}
    found = {
        (row["language"], row["unit"]): row["wording"] for row in answers.iter_rows(named=True)
    }
    assert found == {
        ("en", "Q45"): "own",
        ("en", "Q57"): "instrument",
        ("ar", "Q45"): "translation",
        ("ar", "Q57"): "translation",
    }
    # the folder repeats the run by itself
    (tmp_path / "own.csv").unlink()
    again = mores("report", tmp_path / "out")
    assert again.returncode == 0, again.stderr
