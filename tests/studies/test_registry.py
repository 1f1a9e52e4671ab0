"""Studies by name and by path, the presets, and the JSON schema of study files."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mores.errors import StudyError
from mores.studies.registry import json_schema, load, preset_text, presets, read_study
from mores.studies.value_action.file import ValueActionFile

HEAD = 'study = "value-action"\n'


def test_every_preset_is_listed_with_what_it_asks() -> None:
    assert set(presets()) == {
        "value-action",
        "calibrated-personas",
        "calibrated-personas-full",
        "framings",
        "grounded-personas",
        "grounded-personas-full",
    }
    for name, headline in presets().items():
        assert preset_text(name).startswith(f"# {headline}\n")
        assert len(headline) > 20


@pytest.mark.parametrize("name", presets())
def test_every_preset_resolves_and_is_saved_with_source_and_licence(name: str) -> None:
    bound = load(name)
    assert name in (bound.file.study, f"{bound.file.study}-full")
    assert bound.file.title
    assert bound.language == "en"
    # without a file, biographies are the grammar's
    made = ("humans", "biographies") if name == "grounded-personas" else ("humans",)
    assert bound.synthetic == made
    assert "# source:" in preset_text(name)
    assert "# licence:" in preset_text(name)


def test_the_preset_is_the_study_of_the_paper() -> None:
    file = load("value-action").file
    assert isinstance(file, ValueActionFile)
    assert file.asking.repeats == 3
    assert file.asking.shuffle
    sampling = file.sampling
    assert (sampling.temperature, sampling.top_p, sampling.top_k) == (0.2, 0.95, 64)
    assert file.personas.baseline
    assert set(file.personas.categories) == {"moderate", "max", "incongruous"}


def test_the_preset_writes_out_every_default() -> None:
    """A user who begins with its text sees every field but those that have no value in TOML."""
    written = tomllib.loads(preset_text("value-action"))
    default = ValueActionFile().model_dump(by_alias=True, mode="json", exclude_none=True)
    unwritten = {
        "personas.own",
        "scales.value_labels",
        "scales.value_scores",
        "scales.action_scores",
    }
    missing = {
        f"{table}.{field}"
        for table, fields in default.items()
        if isinstance(fields, dict)
        for field in fields
        if field not in written.get(table, {})
    }
    assert missing - {"sampling.required"} <= unwritten
    assert set(default) == set(written)


def test_a_preset_that_is_not_there() -> None:
    with pytest.raises(StudyError, match="no preset 'value-acton'; did you mean 'value-action'"):
        preset_text("value-acton")


def test_a_file_is_found_by_its_path_and_its_data_beside_it(tmp_path: Path) -> None:
    record = {f"option_{side}_{step}": f"{side}{step}" for side in "ab" for step in STEPS}
    record |= {"value": "freedom", "topic": "work", "scenario_text": "You are asked."}
    (tmp_path / "mine.jsonl").write_text(json.dumps(record))
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}title = "Grüße"\n[dilemmas]\nsource = "mine.jsonl"\n', encoding="utf-8")
    bound = load(str(path))
    assert bound.file.title == "Grüße"
    assert "1 dilemma about 1 value" in bound.summary()[0]


STEPS = ("mild", "moderate", "strong")


@pytest.mark.parametrize("name", ["mine.toml", "mine", "mine.txt"])
def test_any_file_that_is_there_may_be_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text(f"{HEAD}seed = 5\n")
    monkeypatch.chdir(tmp_path)
    assert load(name).file.seed == 5


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(HEAD, encoding="utf-8-sig")
    assert load(str(path)).file == ValueActionFile()


def test_a_preset_goes_before_a_file_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "value-action").write_text(f"{HEAD}seed = 5\n")
    monkeypatch.chdir(tmp_path)
    assert load("value-action").file.seed != 5


def test_options_take_the_place_of_fields() -> None:
    file = read_study(f"{HEAD}seed = 5\n", "test", Path(), {"seed": 6, "sample": 2}).file
    assert (file.seed, file.sample) == (6, 2)


def test_a_wrong_option_is_told_as_one_to_be_given_again() -> None:
    with pytest.raises(StudyError, match="not 0; give another"):
        read_study(HEAD, "test", Path(), {"sample": 0})
    with pytest.raises(StudyError, match="correct the file"):
        read_study(f"{HEAD}seed = -1", "test", Path(), {"sample": 0})


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object within a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def test_the_schema_is_json_and_describes_every_field() -> None:
    schema = json.loads(json.dumps(json_schema(), allow_nan=False))
    assert schema["$schema"].endswith("2020-12/schema")
    for choice in schema["oneOf"]:
        file = schema["$defs"][choice["$ref"].rpartition("/")[2]]
        assert "study" in file["required"]
    found = list(objects(schema))
    assert len(found) > 5
    for part in found:
        if "properties" not in part:
            continue
        assert part["additionalProperties"] is False, part["title"]
        for name, field in part["properties"].items():
            plain = name in {"study", "name", "category"} or "$ref" in field
            assert plain or "description" in field, (part["title"], name)


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value fits a schema, as far as keys, types, constants and ranges go."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "oneOf" in schema:
        return sum(fits(value, part, root) for part in schema["oneOf"]) == 1
    if "anyOf" in schema:
        return any(fits(value, part, root) for part in schema["anyOf"])
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    kind = schema.get("type")
    if kind in kinds and not isinstance(value, kinds[kind]):
        return False
    if kind in ("integer", "number"):
        right = isinstance(value, int if kind == "integer" else int | float)
        return right and not isinstance(value, bool) and _in_range(value, schema)
    if kind == "array" and "items" in schema:
        return all(fits(item, schema["items"], root) for item in value)
    if kind == "object" and "properties" in schema:
        known = schema["properties"]
        required = set(schema.get("required", ())) <= value.keys() <= known.keys()
        return required and all(fits(value[key], known[key], root) for key in value)
    return True


def _in_range(value: float, schema: dict[str, Any]) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and value > schema.get("exclusiveMinimum", value - 1)
        and value < schema.get("exclusiveMaximum", value + 1)
    )


WRONG = [
    "",
    'study = "other"',
    f"{HEAD}schema = 2",
    f"{HEAD}seed = -1",
    f"{HEAD}seed = true",
    f'{HEAD}seed = "1"',
    f"{HEAD}nope = 1",
    f"{HEAD}[asking]\nrepeats = 0",
    f"{HEAD}[asking]\nnope = 0",
    f"{HEAD}[sampling]\ntop_p = 0",
    f'{HEAD}[personas]\nrenderings = ["nope"]',
    f'{HEAD}[[personas.own]]\nname = "x"',
]


@pytest.mark.parametrize("name", presets())
def test_the_schema_takes_every_preset(name: str) -> None:
    schema = json_schema()
    assert fits(tomllib.loads(preset_text(name)), schema, schema)


@pytest.mark.parametrize("text", WRONG)
def test_the_schema_and_the_program_refuse_the_same(text: str) -> None:
    schema = json_schema()
    assert not fits(tomllib.loads(text), schema, schema)
    with pytest.raises(StudyError):
        read_study(text, "test", Path())


def test_a_full_validator_agrees() -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator(json_schema())
    for name in presets():
        assert validator.is_valid(tomllib.loads(preset_text(name)))
    for text in WRONG:
        assert not validator.is_valid(tomllib.loads(text))


def test_importing_the_registry_reads_and_loads_nothing_heavy() -> None:
    heavy = "{'polars', 'jinja2', 'matplotlib', 'aiohttp', 'scipy.stats'}"
    code = f"import sys, mores.studies.registry; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
