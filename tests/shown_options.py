"""What the corpora of replies and the property tests show, in each language."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from mores.instruments.wordings import LANGUAGES, wording

__all__ = ["BATTERIES", "DIGITS", "LANGUAGES", "SINGLES", "battery", "corpus", "single"]

SINGLES = tuple(wording("zh").items)
BATTERIES = tuple(wording("zh").batteries)
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９")


def single(language: str, item: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels and options in the order of codes; the text of an unnamed step is its number."""
    labels = {int(code): text for code, text in wording(language).items[item].labels.items()}
    if 10 in labels:
        return tuple(map(str, range(1, 11))), tuple(labels.get(n, str(n)) for n in range(1, 11))
    texts = tuple(labels[code] for code in sorted(labels))
    return tuple(str(n + 1) for n in range(len(texts))), texts


def battery(language: str, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Members and options."""
    found = wording(language).batteries[name]
    texts = tuple(found.labels[code] for code in sorted(found.labels, key=int))
    return tuple(found.members.values()), texts


def corpus(language: str) -> list[dict[str, Any]]:
    """The replies of a language with the outcomes that they must have."""
    file = Path(__file__).parent / "coding" / "corpus" / f"{language}.toml"
    replies: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["replies"]
    return replies
