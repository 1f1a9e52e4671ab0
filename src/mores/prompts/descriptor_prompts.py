"""How a model is asked to write the descriptors of an item.

The three prompts are those of Abels et al. 2026, table 3; see ``data/descriptor_prompts.toml`` for what
is theirs and what is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from mores.errors import PromptError, nearest
from mores.instruments.datafiles import read_data
from mores.instruments.survey import Item, ItemOption
from mores.instruments.validation import shown

__all__ = ["correction", "descriptor_prompts", "descriptor_request", "descriptor_schema"]

_MOST_FAULTS = 12


@dataclass(frozen=True, slots=True)
class _PromptsFile:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: Literal[1]
    form: str
    again: str
    prompts: dict[str, str]
    explanations: dict[str, str]


def descriptor_prompts() -> tuple[str, ...]:
    """The names of the prompts: composable, modular, no-hedge."""
    return tuple(_file().prompts)


def descriptor_request(prompt: str, item: Item, longest: int) -> str:
    """What a model is asked for the descriptors of one item.

    Parameters
    ----------
    prompt : str
        One of `descriptor_prompts`.
    item : Item
        The question, with its options.
    longest : int
        Characters that a sentence may have.

    Returns
    -------
    str
        The prompt, the question, an explanation if it is an index, the options, and the form of the
        answer.

    Raises
    ------
    PromptError
        If there is no such prompt.
    """
    file = _file()
    if prompt not in file.prompts:
        raise PromptError(
            f"prompt {shown(prompt)} does not exist; {nearest(str(prompt), file.prompts)}"
        )
    keys = ", ".join(f'"{code}"' for code in item.codes)
    parts = [
        file.prompts[prompt],
        f"Question:\n{item.question}",
        file.explanations.get(item.id, ""),
        "Options:\n" + "\n".join(map(_option, item.options)),
        file.form.format(keys=keys, longest=longest),
    ]
    return "\n\n".join(filter(None, parts))


def _option(option: ItemOption) -> str:
    code = str(option.code)
    return code if option.label == code else f"{code} = {option.label}"


def descriptor_schema(item: Item) -> dict[str, Any]:
    """JSON Schema of the answer: a text for every option."""
    codes = [str(code) for code in item.codes]
    return {
        "type": "object",
        "properties": {code: {"type": "string"} for code in codes},
        "required": codes,
        "additionalProperties": False,
    }


def correction(faults: Sequence[str]) -> str:
    """What a model is told whose answer cannot be used."""
    told = [f"- {fault}" for fault in faults[:_MOST_FAULTS]]
    if len(faults) > _MOST_FAULTS:
        told.append(f"- and {len(faults) - _MOST_FAULTS} more")
    return _file().again.format(faults="\n".join(told))


@cache
def _file() -> _PromptsFile:
    name = "descriptor_prompts.toml"
    return read_data("mores.prompts", name, TypeAdapter(_PromptsFile), PromptError)
