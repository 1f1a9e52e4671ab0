"""A run whose personas are the user's or another person's says so, alone and beside others."""

from __future__ import annotations

import polars as pl
import pytest
from page_reading import Page
from report_material import STUDY, material

from mores import workflow
from mores.report.comparison import labelled, write_comparison
from mores.report.registry import reporting_of
from mores.report.style import svg_of
from mores.report.value_action.compare import framing_of, named_by_framing
from mores.report.value_action.sentences import findings
from mores.studies.value_action.framing import framing_sentence

SAYS = {
    "user": (
        "personas as the user's",
        "The model answers for itself.",
        "that it talks to need not",
    ),
    "third-person": (
        "personas as another person's",
        "Both answers are predictions.",
        "asked to predict need not exist",
    ),
}


def asked(base, framing: str) -> workflow.Run:
    personas = f'[personas]\nframing = "{framing}"\ncategories = ["max"]\n'
    study = base / f"{framing}.toml"
    study.write_text(STUDY.format(title="Framed", source="mores", personas=personas), "utf-8")
    return workflow.run(str(study), "sim", base / f"out-{framing}", sample=6)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    base = tmp_path_factory.mktemp("framed")
    return {framing: asked(base, framing) for framing in ("persona", "user", "third-person")}


@pytest.fixture(scope="module")
def compared(runs, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared") / "new"
    write_comparison(list(runs.values()), out)
    return out


@pytest.mark.parametrize("framing", SAYS)
def test_the_page_says_whose_the_personas_are(runs, framing):
    page = Page((runs[framing].folder / "report.html").read_text("utf-8"))
    page.check_safe()
    (sentence,) = framing_sentence(framing)
    for says in (*SAYS[framing], sentence):
        assert says in page.words
    for other in set(SAYS) - {framing}:
        assert not any(says in page.words for says in SAYS[other])


def test_the_page_of_the_default_says_nothing_of_framings(runs):
    words = Page((runs["persona"].folder / "report.html").read_text("utf-8")).words
    assert "Whom the model was asked to be need not exist" in words
    assert "framing" not in words
    assert not any(says in words for group in SAYS.values() for says in group)


@pytest.mark.parametrize("framing", SAYS)
def test_the_prompt_shown_is_the_one_that_was_sent(runs, framing):
    page = (runs[framing].folder / "report.html").read_text("utf-8")
    words = Page(page).words
    answers = pl.read_parquet(runs[framing].folder / "answers.parquet")
    assert set(answers["framing"]) == {"vanilla", framing}
    assert f"({SAYS[framing][0]}), first repeat" in words
    said = {"user": "I am the one who asks you.", "third-person": "You are predicting the answers"}
    assert said[framing] in words
    assert runs[framing].manifest["fingerprint"]["framing"] == framing


@pytest.mark.parametrize("framing", SAYS)
def test_every_figure_and_the_first_sentence_name_the_framing(runs, framing):
    made = material(runs[framing].folder)
    module = reporting_of("value-action")
    found = module.open_findings(made.folder, made.bound, made.manifest, made.answers, made.tables)
    (sentence,) = framing_sentence(framing)
    assert findings(found)[0] == sentence
    for chart in module.charts(found):
        assert chart.caption.endswith(sentence), chart.name
        assert SAYS[framing][0] in svg_of(chart.figure), chart.name


def test_the_baseline_is_the_same_in_every_framing(runs):
    same = [
        pl.read_parquet(run.folder / "answers.parquet").filter(category="baseline")
        for run in runs.values()
    ]
    columns = ["key", "trial", "status", "score", "text"]
    assert same[0].select(columns).equals(same[1].select(columns))
    assert same[0].select(columns).equals(same[2].select(columns))


def test_framings_of_one_model_are_told_apart(compared, runs):
    names = [f"simulated ({framing})" for framing in runs]
    for table in ("table1_alignment_distance", "table2_alignment_rate", "coverage"):
        assert pl.read_parquet(compared / f"tables/{table}.parquet")["model"].to_list() == names
    page = Page((compared / "comparison.html").read_text("utf-8"))
    page.check_safe()
    for says in (
        *names,
        "runs side by side",
        "These runs differ in framing, prompts.",
        "Framings are different tasks.",
        "improve 0 of 3 runs",
        "the run's own baseline",
    ):
        assert says in page.words
    svg = (compared / "figures/figure2_alignment_distance.svg").read_text("utf-8")
    assert all(name in svg for name in names)
    assert "3 runs, all simulated" in svg


def test_runs_of_one_framing_keep_their_labels(runs):
    for framing in runs:
        named = labelled([runs[framing], runs[framing]])
        assert named_by_framing(named) == named


def test_a_model_twice_in_one_framing_keeps_its_folder_too(runs):
    named = labelled([runs["user"], runs["user"], runs["persona"]])
    labels = [label for label, _ in named_by_framing(named)]
    assert len(set(labels)) == 3
    assert labels[0] == "simulated (out-user, user)"
    assert labels[2] == "simulated (persona)"


def test_a_run_without_personas_has_no_framing(runs, tmp_path):
    personas = '[personas]\nframing = "third-person"\ncategories = []\n'
    text = STUDY.format(title="Bare", source="mores", personas=personas)
    (tmp_path / "bare.toml").write_text(text, "utf-8")
    bare = workflow.run(str(tmp_path / "bare.toml"), "sim", tmp_path / "bare", sample=6)
    assert framing_of(bare) is None
    named = named_by_framing(labelled([bare, runs["user"], runs["persona"]]))
    assert [label for label, _ in named] == [
        "simulated (bare)",
        "simulated (user)",
        "simulated (persona)",
    ]
    assert "framing" not in Page((bare.folder / "report.html").read_text("utf-8")).words
