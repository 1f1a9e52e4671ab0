"""What a value–action study resolves to: dilemmas, arms, scales, and what its store knows it by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.instruments.dilemmas import read_dilemmas
from mores.instruments.schwartz import topics, values
from mores.models.registry import resolve
from mores.personas.catalogue import personas
from mores.personas.grid import N_CONFIGURATIONS, configuration
from mores.prompts.templates import SHIPPED
from mores.studies.registry import load, read_study
from mores.studies.value_action.protocol import ValueActionStudy

HEAD = 'study = "value-action"\n'
STEPS = ("mild", "moderate", "strong")


def study(text: str = "", folder: Path = Path(), **overrides: Any) -> ValueActionStudy:
    bound = read_study(HEAD + text, "test", folder, overrides)
    assert isinstance(bound, ValueActionStudy)
    return bound


def record(value: str, topic: str, **changed: str) -> dict[str, str]:
    """A dilemma whose every text says what it is."""
    texts = {f"option_{s}_{step}": f"{value} {topic} {s} {step}" for s in "ab" for step in STEPS}
    return {"value": value, "topic": topic, "scenario_text": f"{value}, {topic}"} | texts | changed


def write_dilemmas(folder: Path, records: list[dict[str, str]], name: str = "d.jsonl") -> str:
    """Write a dilemma file; the table of a study file that names it."""
    (folder / name).write_text("\n".join(map(json.dumps, records)))
    return f'[dilemmas]\nsource = "{name}"\n'


def ids(bound: ValueActionStudy) -> list[str]:
    return [bound.dilemmas[i].id for i in bound.chosen.tolist()]


# Which dilemmas


def test_without_filters_every_shipped_dilemma_is_asked() -> None:
    bound = study()
    assert bound.dilemmas == read_dilemmas()
    assert bound.chosen.tolist() == list(range(len(bound.dilemmas)))


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ('values = ["equality"]', lambda d: d.value == "equality"),
        ('topics = ["work", "family"]', lambda d: d.topic in ("work", "family")),
        (
            'values = ["honest", "freedom"]\ntopics = ["politics", "health", "work", "leisure"]',
            lambda d: (
                d.value in ("honest", "freedom")
                and d.topic in ("politics", "health", "work", "leisure")
            ),
        ),
    ],
)
def test_values_and_topics_select(filters: str, kept: Any, tmp_path: Path) -> None:
    own = write_dilemmas(tmp_path, [record(v, t) for v in values() for t in topics()])
    bound = study(own + filters, tmp_path)
    everything = read_dilemmas(tmp_path / "d.jsonl")
    assert bound.dilemmas == tuple(filter(kept, everything))
    assert 0 < len(bound.dilemmas) < len(everything)


@given(st.integers(1, 100), st.integers(1, 100), st.integers(0, 2**53 - 1))
@settings(max_examples=30, deadline=None)
def test_a_larger_sample_holds_the_smaller_one(a: int, b: int, seed: int) -> None:
    small, large = sorted((a, b))
    few, many = study(seed=seed, sample=small), study(seed=seed, sample=large)
    assert len(few.chosen) == small
    assert set(ids(few)) <= set(ids(many))
    assert (np.diff(many.chosen) > 0).all()
    assert few.dilemmas == many.dilemmas  # so that trials keep their numbers


def test_a_sample_of_five_is_part_of_one_of_nine() -> None:
    assert set(ids(study(sample=5, seed=3))) < set(ids(study(sample=9, seed=3)))


def test_another_seed_draws_another_sample() -> None:
    assert ids(study(sample=20, seed=1)) != ids(study(sample=20, seed=2))


def test_a_sample_does_not_depend_on_the_order_of_the_file(tmp_path: Path) -> None:
    records = [record(v, "work") for v in list(values())[:20]]
    one = study(write_dilemmas(tmp_path, records), tmp_path, sample=6)
    other = study(write_dilemmas(tmp_path, records[::-1]), tmp_path, sample=6)
    assert sorted(ids(one)) == sorted(ids(other))


def test_every_dilemma_is_as_likely_to_be_sampled() -> None:
    n = len(read_dilemmas())
    counts = np.zeros(n)
    for seed in range(200):
        counts[study(sample=n // 8, seed=seed).chosen] += 1
    share = (n // 8) / n
    assert counts.sum() == 200 * (n // 8)
    assert np.abs(counts - 200 * share).max() < 6 * np.sqrt(200 * share * (1 - share))


# Who is asked to be whom


def arms(text: str) -> list[tuple[str, str]]:
    return [(a.persona.id, a.rendering) for a in study(text).arms]


def test_the_baseline_comes_first_and_the_twelve_follow_in_their_order() -> None:
    assert arms("") == [("baseline", "none"), *((p.id, "explicit") for p in personas())]
    assert [a.framing for a in study().arms] == ["vanilla"] + ["persona"] * 12


def test_categories_select_whatever_order_they_are_named_in() -> None:
    wanted = [p.id for p in personas() if p.category in ("max", "moderate")]
    assert [i for i, _ in arms('[personas]\ncategories = ["max", "moderate"]')][1:] == wanted
    assert arms('[personas]\ncategories = ["max"]\nbaseline = false') == [
        (p.id, "explicit") for p in personas("max")
    ]


def test_a_study_may_have_the_baseline_alone() -> None:
    assert arms("[personas]\ncategories = []") == [("baseline", "none")]


@given(st.lists(st.integers(0, N_CONFIGURATIONS - 1), min_size=1, max_size=5, unique=True))
@settings(max_examples=20, deadline=None)
def test_indices_name_configurations_of_the_grid(indices: list[int]) -> None:
    bound = study(f"[personas]\nbaseline = false\ncategories = []\nindices = {indices}")
    assert [a.persona.configuration for a in bound.arms] == [configuration(i) for i in indices]
    assert [a.persona.id for a in bound.arms] == [f"grid-{i:05d}" for i in indices]


def own_persona(name: str, category: str | None, happiness: str = "Rather happy") -> str:
    """A persona of one's own; labels, ids and titles name a level alike."""
    levels = {
        "religiosity": "very-important",
        "Child rearing value": "Neutral",
        "moral_acceptability": "never justifiable",
        "social trust": "most people trusted",
        "political_participation": "passive participant",
        "national_pride": "very proud",
        "happiness": happiness,
        "gender_equality": "egalitarian",
        "materialism_orientation": "mixed",
        "tolerance_diversity": "high tolerance",
    }
    lines = "".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in levels.items())
    group = "" if category is None else f'category = "{category}"\n'
    return f'[[personas.own]]\nname = "{name}"\n{group}[personas.own.levels]\n{lines}'


def test_personas_of_ones_own_come_last_and_in_their_category() -> None:
    bound = study(own_persona("Ada", None) + own_persona("Béa", "pilots", "not very happy"))
    ada, bea = (a.persona for a in bound.arms[-2:])
    assert (ada.id, ada.category) == ("Ada", "own")
    assert (bea.id, bea.category) == ("Béa", "pilots")
    assert [level.label for level in ada.levels][:2] == ["very important", "neutral"]
    assert [level.label for level in bea.levels][6] == "not very happy"


def test_renderings_are_crossed_with_personas_but_not_with_the_baseline() -> None:
    styles = ("paraphrased", "gloss", "statements")
    found = arms(f'[personas]\ncategories = ["max"]\nrenderings = {json.dumps(styles)}')
    assert found[0] == ("baseline", "none")
    assert found[1:] == [(p.id, style) for style in styles for p in personas("max")]


# Scales


def test_scales_of_ones_own() -> None:
    bound = study(
        '[scales]\nvalue_labels = ["nay", "maybe", "yea"]\nvalue_scores = [-1, 0, 1]\n'
        "action_scores = [1, 0.5, 0.1, -0.1, -0.5, -1]"
    )
    assert bound.value_scale.labels == ("nay", "maybe", "yea")
    assert bound.value_scale.scores == (-1.0, 0.0, 1.0)
    assert bound.action_scores == (1.0, 0.5, 0.1, -0.1, -0.5, -1.0)


def test_twenty_options_can_be_lettered_and_drawn() -> None:
    labels = [f"step {n}" for n in range(20)]
    bound = study(f"[scales]\nvalue_labels = {labels}\nvalue_scores = {[1] * 10 + [-1] * 10}")
    request = bound.design(resolve("sim")).request(0, 0)
    assert "\nT) step" in request.messages[1].content
    assert "A through T" in request.messages[1].content


# What the store of answers knows it by

BASE: dict[str, str] = {
    "top": "seed = 7",
    "dilemmas": 'source = "d.jsonl"\nvalues = []\ntopics = []',
    "personas": 'categories = ["max"]\nindices = [5]\nrenderings = ["explicit"]\nbaseline = true',
    "scales": 'value_labels = ["yes", "no"]\nvalue_scores = [1, -1]',
    "asking": 'repeats = 2\nshuffle = true\nreask = 2\nstructured = "auto"',
    "sampling": "temperature = 0.2\ntop_p = 0.9\ntop_k = 9\nmax_tokens = 900",
    "analysis": "draws = 200\npermutations = 200\nlevel = 0.95",
}
RECORDS = [record(v, t) for v in ("equality", "freedom", "honest") for t in ("work", "family")]


def text_of(tables: dict[str, str]) -> str:
    """The TOML of tables of fields."""
    head = tables["top"]
    rest = [f"[{name}]\n{fields}" for name, fields in tables.items() if name != "top"]
    return "\n".join([head, *rest])


CHANGES = {
    # what may change between runs of one folder
    ("top", "seed = 7", 'seed = 7\ntitle = "Another"'): set(),
    ("top", "seed = 7", "seed = 7\nsample = 3"): set(),
    ("asking", "reask = 2", "reask = 5"): set(),
    ("analysis", "draws = 200", "draws = 300"): set(),
    ("analysis", "permutations = 200", "permutations = 300"): set(),
    ("analysis", "level = 0.95", "level = 0.9"): set(),
    # what makes it another study
    ("top", "seed = 7", "seed = 8"): {"seed"},
    ("asking", "repeats = 2", "repeats = 3"): {"asking"},
    ("asking", "shuffle = true", "shuffle = false"): {"asking"},
    ("asking", '"auto"', '"never"'): {"asking"},
    ("sampling", "temperature = 0.2", "temperature = 0.3"): {"sampling"},
    ("sampling", "temperature = 0.2\n", ""): {"sampling"},
    ("sampling", "top_p = 0.9", "top_p = 0.8"): {"sampling"},
    ("sampling", "top_k = 9", "top_k = 8"): {"sampling"},
    ("sampling", "max_tokens = 900", "max_tokens = 800"): {"sampling"},
    ("personas", '["max"]', '["moderate"]'): {"personas"},
    ("personas", "[5]", "[6]"): {"personas"},
    ("personas", '["explicit"]', '["gloss"]'): {"personas"},
    ("personas", "baseline = true", "baseline = false"): {"personas"},
    ("scales", '"yes"', '"aye"'): {"scales"},
    ("scales", "[1, -1]", "[0.5, -1]"): {"scales"},
    ("scales", "value_labels", "action_scores = [1, 1, 1, -1, -1, -1]\nvalue_labels"): {"scales"},
    ("dilemmas", "values = []", 'values = ["honest"]'): {"dilemmas"},
    ("dilemmas", "topics = []", 'topics = ["work"]'): {"dilemmas"},
    ("dilemmas", '"d.jsonl"', '"changed.jsonl"'): {"dilemmas"},
    ("dilemmas", '"d.jsonl"', '"copy.jsonl"'): set(),
    ("top", "seed = 7", 'seed = 7\ntemplates = "mine"'): {"prompts"},
    ("top", "seed = 7", 'seed = 7\ntemplates = "same"'): set(),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the files that the changes name."""
    write_dilemmas(tmp_path, RECORDS)
    write_dilemmas(tmp_path, RECORDS, "copy.jsonl")
    changed = [RECORDS[0] | {"option_b_mild": "something else"}, *RECORDS[1:]]
    write_dilemmas(tmp_path, changed, "changed.jsonl")
    original = (SHIPPED / "en" / "value_action" / "value.j2").read_bytes()
    for name, content in (("same", original), ("mine", original + b"\nBe brief.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "value.j2").write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "differs"), CHANGES.items(), ids=[f"{t}: {b}"[:50] for t, _, b in CHANGES]
)
def test_the_fingerprint_changes_with_what_is_asked_and_with_nothing_else(
    place: Path, change: tuple[str, str, str], differs: set[str]
) -> None:
    table, old, new = change
    assert BASE[table].count(old) == 1
    before = study(text_of(BASE), place).fingerprint()
    after = study(text_of(BASE | {table: BASE[table].replace(old, new)}), place).fingerprint()
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == differs


def test_a_persona_of_ones_own_is_known_by_its_levels() -> None:
    one = study(own_persona("me", None, "very happy")).fingerprint()
    other = study(own_persona("me", None, "rather happy")).fingerprint()
    assert {name for name in one if one[name] != other[name]} == {"personas"}


def test_the_fingerprint_is_plain_json_and_the_same_every_time(place: Path) -> None:
    one = study(text_of(BASE), place).fingerprint()
    assert json.loads(json.dumps(one)) == one
    assert study(text_of(BASE), place).fingerprint() == one


@pytest.mark.parametrize("sample", [None, 2])
def test_a_snapshot_is_the_same_study(place: Path, tmp_path: Path, sample: int | None) -> None:
    import tomli_w

    text = text_of(
        BASE
        | {
            "top": 'seed = 7\ntemplates = "mine"',
            "dilemmas": 'source = "d.jsonl"\nvalues = ["honest", "freedom"]',
        }
    )
    bound = study(text + "\n" + own_persona("Ada", "pilots"), place, sample=sample)
    file, data = bound.snapshot()
    there = tmp_path / "run"
    for name, content in data.items():
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_bytes(content)
    fields = file.model_dump(by_alias=True, mode="json", exclude_none=True)
    (there / "study.toml").write_text(tomli_w.dumps(fields), encoding="utf-8")
    again = load(str(there / "study.toml"))
    assert isinstance(again, ValueActionStudy)
    assert again.fingerprint() == bound.fingerprint()
    assert ids(again) == ids(bound)
    model = resolve("sim")
    ours, theirs = bound.design(model), again.design(model)
    assert [ours.request(t, 0) for t in range(8)] == [theirs.request(t, 0) for t in range(8)]


def test_the_summary_counts_what_is_asked() -> None:
    text = '[personas]\ncategories = ["max"]\nrenderings = ["explicit", "gloss"]\n'
    said, humans = study(text + "[asking]\nrepeats = 4", sample=3).summary()
    assert "synthetic population" in humans
    assert said.startswith("3 dilemmas about ")
    assert "asked 4 times" in said
    assert f"{len(personas('max'))} personas and a baseline without any" in said
    assert "each in 2 renderings" in said
