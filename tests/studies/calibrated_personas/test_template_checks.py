"""Templates that leave something out are refused before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from studies.calibrated_personas.small_study import ALL_ARMS, design, study

from mores.errors import PromptError
from mores.prompts.templates import SHIPPED
from mores.studies.calibrated_personas.protocol import CalibratedPersonasStudy
from mores.studies.calibrated_personas.template_checks import first_prompts

FOLDER = SHIPPED / "en" / "calibrated_personas"
QUESTION = (FOLDER / "question.j2").read_text(encoding="utf-8")
SYSTEM = (FOLDER / "system.j2").read_text(encoding="utf-8")


def with_templates(folder: Path, **files: str) -> CalibratedPersonasStudy:
    (folder / "own").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "own" / f"{name}.j2").write_text(text, encoding="utf-8")
    return study(folder, templates="own", personas={"arms": [*ALL_ARMS]})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("question", QUESTION.replace("{{ question }}", ""), "leaves out 'For each of"),
        ("question", QUESTION.replace("{{ text }}", ""), "leaves out 'Very important'"),
        ("question", QUESTION.replace("{{ label }}=", ""), "leaves out '2'"),
        (
            "question",
            QUESTION.partition("Respond")[0].replace("{{ label }}", "?"),
            "leaves out '1'",
        ),
        ("question", "Well?", "leaves out 'For each of"),
        ("question", "", "leaves out"),
        ("system", SYSTEM.replace("{{ persona }}", ""), "leaves out 'You "),
        ("system", SYSTEM.replace("{{ guidance }}", ""), "leaves out 'You are a helpful"),
        ("system", "{{ guidance[:20] }}", "leaves out 'You are a helpful"),
        ("system", "", "leaves out"),
    ],
)
def test_a_template_that_leaves_something_out(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(PromptError, match=rf"test: template {name}\.j2 ({said})"):
        with_templates(tmp_path, **{name: text})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("question", "{{ qestion }}", "it may use: first, last, letters, question, scale"),
        ("system", "{{ guidance }} {{ country }}", "it may use: guidance, persona"),
        ("system", "{% if %}", "line 1"),
        ("question", "{{ ''.__class__.__mro__ }}", "unsafe"),
        ("other", "{{ question }}", "replaces no template"),
    ],
)
def test_a_faulty_template(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        with_templates(tmp_path, **{name: text})


def test_a_template_may_say_it_otherwise(tmp_path: Path) -> None:
    text = (
        "{{ question }}\n{% for label, text in scale %}\n({{ label }}) {{ text }}\n{% endfor %}\n"
        "Say {{ first }} to {{ last }}."
    )
    with_templates(tmp_path, question=text)
    found = design(folder=tmp_path, templates="own")
    assert "(2) Rather important\n" in found.request(0, 0).messages[1].content


def test_labels_are_looked_for_outside_the_wording(tmp_path: Path) -> None:
    """Ten-point questions say "1" and "10" themselves."""
    (tmp_path / "own").mkdir()
    text = "{{ question }} {% for _, text in scale %}{{ text }}; {% endfor %}"
    (tmp_path / "own" / "question.j2").write_text(text)
    with pytest.raises(PromptError, match="leaves out '1'"):
        study(tmp_path, templates="own", questions={"items": ["Q48"], "map": False})


def test_letters_are_tried_where_a_model_may_need_them(tmp_path: Path) -> None:
    text = QUESTION.replace("{{ label }}=", "{% if not letters %}{{ label }}={% endif %}")
    with pytest.raises(PromptError, match="leaves out 'B'"):
        with_templates(tmp_path, question=text)
    asked = {"asking": {"labels": "integers"}}
    assert study(tmp_path, templates="own", **asked).targets


def test_first_prompts_are_one_a_condition_whatever_the_sample() -> None:
    few, many = (study(sample=n, personas={"arms": [*ALL_ARMS]}) for n in (1, 9))
    assert first_prompts(few) == first_prompts(many)
    assert few.prompts.condition[first_prompts(few)].tolist() == list(range(len(ALL_ARMS)))
