import json

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from mores.cli import main
from mores.studies.registry import preset_text


def test_a_study_runs_on_a_model_in_this_process(saved, tmp_path, capsys) -> None:
    text = preset_text("value-action")
    for old, new in (
        ("max_tokens = 1024", "max_tokens = 8"),
        ("repeats = 3", "repeats = 1"),
        ("reask = 2", "reask = 0"),
        ("draws = 2000", "draws = 200"),
        ("permutations = 2000", "permutations = 100"),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "study.toml").write_text(text)
    folder = saved(kind="gqa", context=8192)
    out = tmp_path / "run"
    command = ["run", str(tmp_path / "study.toml"), "--model", f"hf:{folder},device=cpu"]
    assert main([*command, "--sample", "1", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "uncoded" in told.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["model"]["identity"]["kind"] == "hf"
    assert (out / "report.html").stat().st_size > 10_000
    assert main([*command, "--sample", "1", "--out", str(out)]) == 0
    assert "are stored already" in capsys.readouterr().err
