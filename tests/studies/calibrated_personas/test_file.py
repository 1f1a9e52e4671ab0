"""Study files of calibrated personas that are wrong: one message each."""

from __future__ import annotations

import tomllib

import pytest

from mores.errors import StudyError
from mores.studies.calibrated_personas.file import CalibratedPersonasFile
from mores.studies.registry import load, preset_text, presets, read_study

STUDY = """\
schema = 1
study = "calibrated-personas"
seed = 7
language = "en"
sample = 3
countries = ["EGY", "GBR"]

[questions]
items = ["Q1", "Q48"]
minimum_coverage = 0.5
uncovered = "refuse"
map = true

[personas]
arms = ["generic", "country", "value+nationality"]
guidance = ["social_science"]
vary_guidance = ["country"]
descriptors = ["composable"]
least_indicators = 8

[asking]
elicitation = "probabilities"
orders = "fixed"
labels = "auto"
text_share = 0.02
repeats = 10
reask = 1

[calibration]
objective = "wasserstein"
pooled = true

[importance]
method = "none"
arm = "value+nationality"
permutations = 8
personas = 20

[precision]
width = 0.05
first = 20
step = 20

[analysis]
draws = 200
resamples = 20
baselines = false
"""
WHOLE = "whole number"

FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    # unknown fields
    ("[calibration]", "[calibrating]"): (
        "calibrating is not a field",
        "did you mean 'calibration'",
    ),
    ("uncovered =", "uncoverd ="): ("questions.uncoverd is not a field", "'uncovered'"),
    ("text_share =", "textshare ="): ("asking.textshare is not a field", "'text_share'"),
    ("baselines = false", "base = 1"): ("analysis.base is not a field",),
    # what must be there
    ('countries = ["EGY", "GBR"]', ""): ("countries", "missing"),
    ('countries = ["EGY", "GBR"]', "countries = []"): ("countries is empty", "at least 1"),
    ('items = ["Q1", "Q48"]', ""): ("questions.items", "missing"),
    ('items = ["Q1", "Q48"]', "items = []"): ("questions.items is empty",),
    ('arms = ["generic", "country", "value+nationality"]', "arms = []"): ("arms is empty",),
    ('guidance = ["social_science"]', "guidance = []"): ("guidance is empty",),
    ('descriptors = ["composable"]', "descriptors = []"): ("descriptors is empty",),
    # types
    ('countries = ["EGY", "GBR"]', 'countries = "EGY"'): ("countries", "must be a list"),
    ('items = ["Q1", "Q48"]', "items = [1]"): ("questions.items[1]", "must be text"),
    ("map = true", "map = 1"): ("questions.map", "true or false"),
    ("text_share = 0.02", 'text_share = "2%"'): ("asking.text_share", "number"),
    ("least_indicators = 8", "least_indicators = 8.5"): ("least_indicators", WHOLE),
    # names
    ('"generic", "country"', '"generic", "nation"'): ("personas.arms[2]", "'nation'", "'generic'"),
    ('arm = "value+nationality"', 'arm = "country"'): ("importance.arm", "'country'"),
    ('vary_guidance = ["country"]', 'vary_guidance = ["all"]'): ("vary_guidance[1]", "'all'"),
    ('elicitation = "probabilities"', 'elicitation = "probs"'): ("asking.elicitation", "'probs'"),
    ('orders = "fixed"', 'orders = "random"'): ("asking.orders", "'random'", "latin-square"),
    ('labels = "auto"', 'labels = "roman"'): ("asking.labels", "'roman'", "'letters'"),
    ('uncovered = "refuse"', 'uncovered = "impute"'): ("questions.uncovered", "'leave-out'"),
    ('objective = "wasserstein"', 'objective = "mse"'): ("calibration.objective", "'variance'"),
    ('method = "none"', 'method = "all"'): ("importance.method", "'exact'"),
    # ranges
    ("sample = 3", "sample = 0"): ("sample", "greater than or equal to 1"),
    ("sample = 3", "sample = 100001"): ("sample", "100000"),
    ("minimum_coverage = 0.5", "minimum_coverage = 1.0"): ("minimum_coverage", "less than 1"),
    ("minimum_coverage = 0.5", "minimum_coverage = nan"): ("minimum_coverage",),
    ("least_indicators = 8", "least_indicators = 0"): ("least_indicators", "1"),
    ("least_indicators = 8", "least_indicators = 11"): ("least_indicators", "10"),
    ("text_share = 0.02", "text_share = 1.01"): ("asking.text_share", "1"),
    ("repeats = 10", "repeats = 0"): ("asking.repeats", "1"),
    ("permutations = 8", "permutations = 1"): ("importance.permutations", "2"),
    ("width = 0.05", "width = 0.0"): ("precision.width", "greater than 0"),
    ("width = 0.05", "width = 1.0"): ("precision.width", "less than 1"),
    ("first = 20", "first = 1"): ("precision.first", "2"),
    ("step = 20", "step = 0"): ("precision.step", "1"),
    ("resamples = 20", "resamples = 1"): ("analysis.resamples", "20"),
}


@pytest.mark.parametrize("change", FIELDS, ids=[f"{a} -> {b}" for a, b in FIELDS])
def test_a_wrong_field_is_one_clear_error(change: tuple[str, str]) -> None:
    text = STUDY.replace(*change, 1)
    assert text != STUDY
    with pytest.raises(StudyError) as caught:
        read_study(text, "mine.toml", None, {})  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith("mine.toml")
    for part in FIELDS[change]:
        assert part in message, message
    assert len(message) < 1000


def test_respondents_drawn_unless_said() -> None:
    def drawn(**fields: object) -> int:
        plain = {"countries": ["GBR"], "questions": {"items": ["Q1"]}}
        return CalibratedPersonasFile.model_validate(plain | fields).personas_drawn

    assert drawn() == 200
    assert drawn(sample=7) == 7


def test_presets_are_of_the_papers_countries_and_questions() -> None:
    names = [name for name in presets() if name.startswith("calibrated-personas")]
    first, full = (
        CalibratedPersonasFile.model_validate(tomllib.loads(preset_text(name)))
        for name in sorted(names)
    )
    assert first.countries == full.countries
    assert first.questions == full.questions
    assert len(first.questions.items) == 35
    assert len(first.countries) == 10
    assert (first.sample, full.sample) == (100, 2000)
    assert (len(first.personas.arms), len(full.personas.arms)) == (4, 9)
    assert len(full.personas.guidance) == 14
    assert full.personas.descriptors == ("composable", "modular", "no-hedge")


@pytest.mark.parametrize("name", ["calibrated-personas", "calibrated-personas-full"])
def test_presets_load(name: str) -> None:
    bound = load(name, {"sample": 2})
    whole = [c for c in bound.prompts.conditions if c.whole]  # type: ignore[attr-defined]
    # nine arms, the country's under 13 more variants, and two more descriptor sets
    assert len(whole) == (4 if name == "calibrated-personas" else 9 + 13 + 2)
