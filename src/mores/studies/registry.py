"""Studies by name: presets, protocols, and the reading of study files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from stat import S_ISREG
from typing import Any, cast

from pydantic import ValidationError

from mores.errors import InputError, StudyError, nearest
from mores.instruments.validation import listed_problems, problems_of, shown
from mores.studies.study import BoundStudy, StudyFile

__all__ = ["json_schema", "load", "preset_text", "presets", "read_study"]

PRESETS = Path(__file__).parent / "presets"
MAX_BYTES = 1 << 20

# protocol name -> module that offers `File` and `bind`
_PROTOCOLS = {
    "value-action": "mores.studies.value_action.protocol",
    "calibrated-personas": "mores.studies.calibrated_personas.protocol",
    "framings": "mores.studies.framings.protocol",
    "grounded-personas": "mores.studies.grounded_personas.protocol",
}


@cache
def presets() -> Mapping[str, str]:
    """Names of the shipped studies and their first line of description."""
    return {path.stem: _headline(path) for path in sorted(PRESETS.glob("*.toml"))}


def _headline(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")


def preset_text(name: str) -> str:
    """The TOML text of a preset.

    Raises
    ------
    StudyError
        If there is no such preset.
    """
    if name not in presets():
        raise StudyError(f"there is no preset {name!r}; {nearest(name, presets())}")
    return (PRESETS / f"{name}.toml").read_text(encoding="utf-8")


def load(study: str, overrides: Mapping[str, Any] | None = None) -> BoundStudy:
    """Read and resolve a study, with its data.

    Parameters
    ----------
    study : str
        A preset's name, or the path of a TOML file.
    overrides : mapping, optional
        Top-level fields that take the place of the file's, such as ``{"seed": 7}``.

    Raises
    ------
    MoresError
        If the file, or anything it names, cannot be used.
    """
    if study in presets():
        return read_study(preset_text(study), f"preset {study}", Path.cwd(), overrides)
    path = Path(study)
    if not study or not (path.suffix == ".toml" or "/" in study or _is_there(path)):
        raise StudyError(
            f"{shown(study)} is neither a preset nor a TOML file; {nearest(study, presets())}; or "
            "give the path of a study file"
        )
    return read_study(_text(path), str(path), path.parent, overrides)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # no path at all, such as one that is too long
        return False


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise StudyError(f"{path} is a folder; give the path of a TOML file")
        if not S_ISREG(path.stat().st_mode):  # a device or a pipe might never end
            raise StudyError(
                f"{path} is no regular file; save the study as a TOML file, and give that"
            )
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise StudyError(
                f"{path} is larger than 1 MiB; keep data, such as dilemmas, in files of their own"
            )
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise StudyError(
            f"there is no file {path}; begin with: mores studies show value-action > {path}"
        ) from None
    except UnicodeDecodeError:
        raise StudyError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StudyError(
            f"{shown(str(path))} cannot be read ({reason}); check the path and its permissions"
        ) from None


def read_study(
    text: str, name: str, folder: Path, overrides: Mapping[str, Any] | None = None
) -> BoundStudy:
    """Resolve the text of a study file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        What to call it in messages.
    folder : Path
        Where its relative paths begin.
    overrides : mapping, optional
        Top-level fields that take the place of the file's.
    """
    fields = _toml(text, name)
    protocol = fields.get("study")
    if protocol is None:
        raise StudyError(f'{name}: study is missing; add study = "value-action" at its top')
    if not isinstance(protocol, str) or protocol not in _PROTOCOLS:
        raise StudyError(
            f"{name}: study = {shown(protocol)} is no protocol; {nearest(str(protocol), _PROTOCOLS)}"
        )
    module = import_module(_PROTOCOLS[protocol])
    given = dict(overrides or {})
    try:
        file = module.File.model_validate(fields | given)
    except ValidationError as error:
        mine = all(fault["loc"] and fault["loc"][0] in given for fault in error.errors())
        remedy = "give another" if mine else "correct the file"
        raise StudyError(listed_problems(name, _problems(error, module.File), remedy)) from None
    try:
        return cast(BoundStudy, module.bind(file, folder))
    except InputError as error:
        raise type(error)(f"{name}: {error}") from None


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise StudyError(f"{name} is not usable: it is nested too deeply; write it flat") from None
    except ValueError as error:  # of TOML, or of a number with thousands of digits
        raise StudyError(f"{name} is not valid TOML ({error}); correct it there") from None


def _problems(error: ValidationError, model: type[StudyFile]) -> list[str]:
    """Each wrong field, what it holds, what is allowed."""
    faults = error.errors(include_url=False)
    try:
        told = problems_of(error)
    except ValueError:  # of a hexadecimal number that Python does not write out in decimal
        return ["a number has thousands of digits; write a smaller one"]
    problems = []
    for fault, said in zip(faults, told, strict=True):
        place = said.partition(": ")[0]
        if fault["type"] == "extra_forbidden":
            allowed = _fields_at(model, fault["loc"][:-1])
            problems.append(f"{place} is not a field; {nearest(str(fault['loc'][-1]), allowed)}")
        elif fault["type"] != "too_short":
            problems.append(said)
        elif not fault["input"]:  # else its entries are refused for themselves
            problems.append(f"{place} is empty; give at least {fault['ctx']['min_length']}")
    return problems


def _fields_at(model: type[Any], location: tuple[Any, ...]) -> list[str]:
    for part in location:
        field = model.model_fields.get(str(part)) if hasattr(model, "model_fields") else None
        if field is None:
            continue
        inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
        model = next((t for t in inner if hasattr(t, "model_fields")), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def json_schema() -> dict[str, Any]:
    """JSON Schema of study files, for editors; generated from the models."""
    from pydantic.json_schema import models_json_schema

    models = [import_module(module).File for module in _PROTOCOLS.values()]
    refs, schema = models_json_schema([(model, "validation") for model in models], by_alias=True)
    for model in models:
        schema["$defs"][model.__name__]["required"] = sorted(
            {"study", *schema["$defs"][model.__name__].get("required", ())}
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "oneOf": list(refs.values()),
        **schema,
    }
