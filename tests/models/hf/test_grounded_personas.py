"""The grounded-personas study through a small transformer."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from studies.grounded_personas.grounded_asked import study_text

import mores


def test_every_battery_is_scored_in_the_process(saved, tmp_path):
    text = study_text(sample=2, forms=("both",), batteries=("map", "mfq2"), inferred=True)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    folder = saved(context=4096)
    done = mores.run(str(tmp_path / "mine.toml"), f"hf:{folder},device=cpu", tmp_path / "out")
    assert len(done.answers) == 192 + 3 * 50
    assert (done.answers["status"] == "coded").all()
    assert done.answers["probabilities"].list.sum().is_between(1 - 1e-5, 1 + 1e-5).all()
    assert {"moral_foundations", "positions", "persona_positions"} <= set(done.tables)
