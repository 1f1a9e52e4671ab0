"""A study file with everything it names read: contexts, cells, units, wordings and humans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mores.instruments.units import Unit, UnitSet
from mores.instruments.wordings import Wording
from mores.keys import seed_from
from mores.prompts.option_orders import option_orders
from mores.studies.framings.cells import LANGUAGE_FRAMING, Cell, Context, Slice
from mores.studies.framings.collecting import observe
from mores.studies.framings.file import FramingsFile
from mores.studies.framings.prompting import unnamed_steps
from mores.studies.framings.responses import Observed
from mores.studies.humans import Humans

__all__ = ["Layout", "Materials", "layout"]


class Layout(NamedTuple):
    """Contexts, each asked once, and the cells that they are counted in."""

    contexts: tuple[Context, ...]
    cells: tuple[Cell, ...]


def layout(file: FramingsFile, slices: tuple[Slice, ...]) -> Layout:
    """What a study asks, in order: by paraphrase, framing, slice, and language of the prompt.

    The baseline comes first, whether a slice counts it or not; the language framing is asked once a
    language.
    """
    options = file.framings
    places: dict[Context, int] = {Context(LANGUAGE_FRAMING, options.baseline, None): 0}
    languages = list(dict.fromkeys(s.language for s in slices))
    cells = []
    for paraphrase in range(options.paraphrases + 1):
        for framing in options.names:
            alone = framing == LANGUAGE_FRAMING
            for one in slices:
                crossed = options.prompt_languages == "all" and not alone
                for language in languages if crossed else [one.language]:
                    country = None if alone else one.country
                    context = Context(framing, language, country, paraphrase)
                    place = places.setdefault(context, len(places))
                    cells.append(Cell(framing, one, place, language, paraphrase))
    return Layout(tuple(places), tuple(cells))


@dataclass(frozen=True)
class Materials:
    """A resolved study's data.

    Attributes
    ----------
    file : FramingsFile
    humans : Humans
    inventory : UnitSet
    units : tuple of Unit
        Those of the study, whether sampled or not.
    slices : tuple of Slice
    contexts : tuple of Context
        The first is the baseline.
    cells : tuple of Cell
    wordings : mapping of str to Wording
        By language of the contexts.
    """

    file: FramingsFile
    humans: Humans
    inventory: UnitSet
    units: tuple[Unit, ...]
    slices: tuple[Slice, ...]
    contexts: tuple[Context, ...]
    cells: tuple[Cell, ...]
    wordings: Mapping[str, Wording]

    @cached_property
    def sampled(self) -> tuple[bool, ...]:
        """Which units are asked."""
        turn = {unit.id: seed_from("unit", self.file.seed, unit.id) for unit in self.units}
        drawn = set(sorted(turn, key=turn.__getitem__)[: self.file.sample])
        return tuple(unit.id in drawn for unit in self.units)

    @cached_property
    def asked(self) -> tuple[Unit, ...]:
        """The units that are asked."""
        return tuple(u for u, yes in zip(self.units, self.sampled, strict=True) if yes)

    def orders(self, unit: Unit) -> tuple[tuple[int, ...], ...]:
        """The orders in which a unit's options are shown, the same in every language."""
        codes = unit.codes(unit.members[0])
        words = next(iter(self.wordings.values())).unit(unit)
        mode = self.file.asking.orders
        return option_orders(len(codes), mode, scale=unnamed_steps(codes, words))

    @cached_property
    def observed(self) -> Observed:
        """The humans' answers to the units asked."""
        return observe(
            self.humans.population,
            self.inventory,
            self.asked,
            self.cells,
            self.file.humans_by,
            self.file.questions.least_respondents,
        )
