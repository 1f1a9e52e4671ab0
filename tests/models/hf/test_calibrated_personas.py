"""The whole study through a small transformer, in the process and behind a server: the same tables."""

import numpy as np
import polars as pl
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from local_server import serving, teach
from studies.calibrated_personas.asked_of_sim import study_text

import mores
from mores.models.scoring_check import LETTERS, ONE, TEN

STUDY = study_text(
    arms=("country", "value+nationality"),
    countries=("JPN", "GHA"),
    items=("Q48", "Q199"),
    personas=2,
    text_share=0.3,
    more_personas='descriptors = ["no-hedge"]',
).replace("[asking]", "[sampling]\nmax_tokens = 8\n[asking]\nreask = 0")


@pytest.fixture(scope="module")
def place(saved, tmp_path_factory):
    """A study file beside a model that answers the check of capabilities as models do."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "mine.toml").write_text(STUDY, encoding="utf-8")
    plain = [
        [{"role": m.role, "content": m.content} for m in q.messages] for q in (TEN, ONE, LETTERS)
    ]
    answers = list(zip(plain, ({"10": 1.0}, {"1": 1.0}, {"A B C D E F": 1.0}), strict=True))
    teach(saved(sharpness=1.0, context=4096), folder / "model", answers, None, "")
    return folder


def test_in_the_process_and_behind_a_server_it_is_the_same_study(place):
    here = mores.run(str(place / "mine.toml"), f"hf:{place / 'model'},device=cpu", place / "here")
    with serving(place / "model", top=10, prompts=True) as server:
        there = mores.run(str(place / "mine.toml"), server.spec, place / "there")
    assert here.manifest["model"]["capabilities"]["scoring"] == "exact"
    assert there.manifest["model"]["capabilities"]["scoring"] == "prompt"
    assert here.exit_code == there.exit_code == 0
    mine, theirs = (
        run.answers.filter(elicitation="probabilities").sort("trial") for run in (here, there)
    )
    assert mine["trial"].equals(theirs["trial"])
    assert (mine["status"] == "coded").all()
    for p, q in zip(mine["probabilities"], theirs["probabilities"], strict=True):
        np.testing.assert_allclose(p, q, atol=1e-3)
    np.testing.assert_allclose(mine["allowed_mass"], theirs["allowed_mass"], atol=1e-3, rtol=1e-2)
    key = ["arm", "country", "question"]
    one, other = (
        run.tables["errors"].filter(pl.col("model") != "baseline").sort(key)
        for run in (here, there)
    )
    for column in ("predicted_mean", "absolute_error", "wasserstein", "variance_mixture"):
        np.testing.assert_allclose(one[column], other[column], atol=1e-2)
    assert "simulated" not in (here.folder / "report.html").read_text(encoding="utf-8").lower()
