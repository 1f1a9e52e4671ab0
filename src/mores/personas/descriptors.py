"""Descriptor sets: a sentence in the second person for every answer to a question.

A value persona is the sentences of the answers that a respondent gave (Abels et al. 2026, section
4.1). Three sets come with the package, ``data/descriptors/*.toml``; a file of the same form is a set
of one's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from mores.errors import PersonaError, nearest
from mores.instruments.survey import wvs7
from mores.instruments.validation import shown
from mores.keys import digest, key_text

__all__ = [
    "MAP_ITEMS",
    "DescriptorSet",
    "descriptor_set",
    "descriptor_sets",
    "given_away",
    "item_key",
    "only_item",
    "read_descriptor_set",
]

MAP_ITEMS = ("A008", "A165", "E018", "E025", "F063", "F118", "F120", "G006", "Y002", "Y003")
"""The ten items of the cultural map, by their codes in trend files."""

SHIPPED = ("composable", "modular", "no-hedge")
"""The sets that come with the package, named after the prompts of table 3 whose rules they keep."""

_SAME = (
    ("Y002", ("Q154", "Q155")),
    ("Y003", ("Q8", "Q14", "Q15", "Q17")),
    ("Q171", ("F028",)),
    ("Q209", ("Q218",)),
)
# An index or a shortened scale, and the questions that it is computed from; then petitions, of which
# electronic ones are a part.


@dataclass(frozen=True)
class DescriptorSet:
    """A sentence for every option of some items.

    Attributes
    ----------
    name : str
        ``"composable"``, ``"modular"``, ``"no-hedge"``, or a name of one's own.
    source, licence, written_by : str
        Where the sentences come from, under what terms, and who wrote them; empty if not said.
    sentences : mapping of str to mapping of int to str
        By item (one of `MAP_ITEMS`, else the id in the instrument, such as ``"Q6"``) and by the code
        of the option.
    card : mapping of str to object
        What else the file says of itself, such as the model that wrote it.
    """

    name: str
    source: str
    licence: str
    written_by: str
    sentences: Mapping[str, Mapping[int, str]]
    card: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, indicator: str, code: int) -> str:
        """What the persona of a respondent says who gave this answer.

        Parameters
        ----------
        indicator : str
            Id of the item, or its code in trend files.
        code : int
            Code of the option.

        Raises
        ------
        PersonaError
            If the set does not speak of the item, or the item has no such option.
        """
        options = (
            self.sentences.get(indicator)
            or only_item(self, indicator).sentences[item_key(indicator)]
        )
        if code not in options:
            raise PersonaError(
                f"{indicator} has no option {shown(code)}; allowed: {', '.join(map(str, options))}"
            )
        return options[code]

    def text(self, codes: Mapping[str, int]) -> str:
        """The persona of a respondent: the sentences of their answers, in the set's order of items.

        Parameters
        ----------
        codes : mapping of str to int
            The code chosen, by item. Items without one are left out of the persona.

        Raises
        ------
        PersonaError
            If the set does not speak of an item, or an item has no such option.
        """
        chosen = {item_key(item): code for item, code in codes.items()}
        for item in chosen.keys() - self.sentences.keys():
            self.sentence(item, chosen[item])
        return " ".join(self.sentence(item, chosen[item]) for item in self.items if item in chosen)

    @property
    def items(self) -> tuple[str, ...]:
        """The items that it speaks of, in the order in which a persona tells them."""
        return tuple(self.sentences)

    @cached_property
    def covers(self) -> frozenset[str]:
        """Instrument ids of all items that a sentence gives away; see `given_away`."""
        return given_away(self.items)

    def digest(self) -> str:
        """Digest of the sentences and their order, whatever the set is called."""
        return key_text(
            digest([[item, sorted(options.items())] for item, options in self.sentences.items()])
        )


def item_key(name: str) -> str:
    """What descriptor sets call an item: its trend code if it is one of the map's, else its id.

    Raises
    ------
    InstrumentError
        If there is no such item.
    """
    item = wvs7().item(name)
    return item.ivs if item.ivs in MAP_ITEMS else item.id


def only_item(found: DescriptorSet, name: str) -> DescriptorSet:
    """The part of a set that speaks of one item.

    Raises
    ------
    PersonaError
        If the set does not speak of it.
    InstrumentError
        If there is no such item.
    """
    key = item_key(name)
    if key not in found.sentences:
        raise PersonaError(
            f"the descriptor set {found.name!r} has no sentences for {name}; "
            f"{nearest(name, found.items)}"
        )
    return replace(found, sentences={key: found.sentences[key]})


def given_away(items: Iterable[str]) -> frozenset[str]:
    """The items whose answer follows, wholly or in part, from the answers to some items.

    Parameters
    ----------
    items : iterable of str
        Ids, or codes in trend files.

    Returns
    -------
    frozenset of str
        Instrument ids: the items themselves; the questions that an index among them is computed
        from; the indices that are computed from a question among them; the same question on
        another scale (F028 and Q171); and of petitions (Q209) those signed electronically (Q218).

    Raises
    ------
    InstrumentError
        If there is no such item.
    """
    asked = {wvs7().item(name).id for name in items}
    found = set(asked)
    for whole, parts in _SAME:
        if whole in asked:
            found.update(parts)
        if asked.intersection(parts):
            found.add(whole)
    return frozenset(found)


@cache
def descriptor_sets() -> Mapping[str, DescriptorSet]:
    """The sets that come with the package, by name; read once and kept.

    Raises
    ------
    PersonaError
        If one of the package's data files is damaged.
    """
    folder = files("mores.personas").joinpath("data", "descriptors")
    return MappingProxyType(
        {
            name: read_descriptor_set(
                folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"), name
            )
            for name in SHIPPED
        }
    )


def descriptor_set(name: str, folder: Path | None = None) -> DescriptorSet:
    """The shipped set of a name, or one's own in a file.

    Parameters
    ----------
    name : str
        One of `SHIPPED`, or the path of a TOML file.
    folder : Path, optional
        Where a relative path begins.

    Raises
    ------
    PersonaError
        If it is neither, or the file cannot be used.
    """
    if name in SHIPPED:
        return descriptor_sets()[name]
    if not name.endswith(".toml"):
        raise PersonaError(
            f"{shown(name)} is no descriptor set; {nearest(name, SHIPPED)}; or give the path of a "
            "TOML file"
        )
    return read_descriptor_set((folder or Path()) / name)


def read_descriptor_set(path_or_text: Path | str, name: str | None = None) -> DescriptorSet:
    """A descriptor set from a TOML file.

    Parameters
    ----------
    path_or_text : Path or str
        A file, or, as a string, its content.
    name : str, optional
        What to call the set; the file's name without its ending unless given.

    Raises
    ------
    PersonaError
        If the file cannot be read, or has any of the faults that
        `mores.personas.descriptor_files.faults_in` tells.
    """
    from mores.personas.descriptor_files import parse_descriptor_set, text_of

    if isinstance(path_or_text, Path):
        text, place = text_of(path_or_text), str(path_or_text)
        return parse_descriptor_set(text, place, name or path_or_text.stem)
    name = name or "descriptor set"
    return parse_descriptor_set(path_or_text, name, name)
