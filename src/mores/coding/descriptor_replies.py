"""The sentences in a reply that was to give one for every option of an item."""

from __future__ import annotations

import re

from mores.coding.json_objects import Cut, FoundObject, Value, find_objects
from mores.coding.thinking import INVISIBLE, set_aside_thinking

__all__ = ["sentences_in"]

_CODE = re.compile(r"\s*(?:option\s*)?([-−]?\d{1,3})\b", re.IGNORECASE)
_DEEPEST = 3

Pairs = tuple[tuple[str, Value], ...]


def sentences_in(reply: str) -> dict[int, object]:
    """What a reply gives for each option.

    Parameters
    ----------
    reply : str
        The model's words; a hostile text.

    Returns
    -------
    dict of int to object
        By the code of the option, texts without surrounding space, and whatever else was given in
        the place of one. A value that was cut off, or that was given twice and differently, is None.
        Empty if the reply holds no JSON object with such keys.
    """
    said = set_aside_thinking(INVISIBLE.sub("", reply)).text
    objects = [_coded(pairs) for found in find_objects(said) for pairs in _levels(found)]
    return max(reversed(objects), key=len, default={})  # the last, where several are as full


def _levels(found: FoundObject) -> list[Pairs]:
    """An object and those in it: some models wrap the answer in another."""
    levels, last = [found.pairs], [found.pairs]
    for _ in range(_DEEPEST):
        last = [value for pairs in last for _, value in pairs if isinstance(value, tuple)]
        levels += last
    return levels


def _coded(pairs: Pairs) -> dict[int, object]:
    coded: dict[int, object] = {}
    for key, value in pairs:
        named = _CODE.match(key)
        if named is None:
            continue
        code = int(named[1].replace("−", "-"))
        given = value.strip() if isinstance(value, str) else value
        if isinstance(value, Cut) or (code in coded and coded[code] != given):
            given = None
        coded[code] = given
    return coded
