"""The framings protocol, bound to its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.errors import StudyError, nearest
from mores.instruments.countries import countries
from mores.instruments.units import Unit, UnitSet, framing_units
from mores.instruments.wording_overlays import Overlay, missing, overlaid
from mores.instruments.wordings import LANGUAGES, Wording, wording
from mores.keys import digest
from mores.models.interface import Model
from mores.populations.wording_library import find_overlay
from mores.studies.framings.cells import LANGUAGE_FRAMING, Context, Slice
from mores.studies.framings.collecting import check_slices, responses
from mores.studies.framings.design import FramingsDesign
from mores.studies.framings.file import FramingsFile
from mores.studies.framings.materials import Materials, layout
from mores.studies.framings.prompting import message, shown_options
from mores.studies.humans import Humans
from mores.studies.study import sampling_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["File", "FramingsStudy", "bind"]

File = FramingsFile


def bind(file: FramingsFile, folder: Path) -> FramingsStudy:
    """Read what a study file refers to.

    Parameters
    ----------
    file : FramingsFile
        The parsed file.
    folder : Path
        Where its relative paths begin.

    Raises
    ------
    MoresError
        If anything it names does not exist or cannot be used together.
    """
    slices = tuple(Slice.parse(text) for text in file.slices)
    _refuse_twice("slices", file.slices)
    _check_countries(slices)
    _refuse_twice("framings.names", file.framings.names)
    inventory = framing_units()
    units = _units(inventory, file.questions.units)
    contexts, cells = layout(file, slices)
    overlays = tuple(find_overlay(name, folder) for name in file.wordings)
    _refuse_twice("wordings", [overlay.name for overlay in overlays])
    _check_framings(file.framings.names, overlays)
    wordings = _wordings(file, contexts, units, overlays)
    humans = Humans(file.data)
    check_slices(humans.population, slices, file.humans_by)
    return FramingsStudy(
        file, humans, inventory, units, slices, contexts, cells, wordings, overlays
    )


def _refuse_twice(field: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(f"{field} names {', '.join(twice)} twice; name each once")


def _check_countries(slices: Sequence[Slice]) -> None:
    for one in slices:
        if one.country not in countries():
            near = get_close_matches(one.country, countries(), n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise StudyError(
                f"slices: {one}: {one.country!r} is no ISO 3166 alpha-3 code of a country; {hint}"
                "write language and country, such as ar-EGY"
            )


def _units(inventory: UnitSet, names: Sequence[str]) -> tuple[Unit, ...]:
    _refuse_twice("questions.units", names)
    known = {unit.id: unit for unit in inventory.units}
    for name in names:
        if name not in known:
            raise StudyError(f"questions.units: there is no unit {name!r}; {_meant(name, known)}")
    return tuple(known[name] for name in names) or inventory.units


def _meant(name: str, known: Mapping[str, Unit]) -> str:
    """What somebody may have meant by the name of no unit."""
    battery = next((unit.id for unit in known.values() if name in unit.members), None)
    if battery:
        return f"it is asked with others in one question: name {battery}"
    near = get_close_matches(name[:40].upper(), known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: the {len(known)} units of: mores instruments show en"


def _wordings(
    file: FramingsFile,
    contexts: Sequence[Context],
    units: Sequence[Unit],
    overlays: Sequence[Overlay],
) -> dict[str, Wording]:
    """The wording of every language asked in, with the user's own on top; complete, or refused."""
    found = {}
    for language in dict.fromkeys(context.language for context in contexts):
        own = [overlay for overlay in overlays if language in overlay.languages]
        if language not in LANGUAGES and not own:
            raise StudyError(
                f"there is no wording in language {language!r}; {nearest(language, LANGUAGES)}; or "
                "name a file of wordings that has it"
            )
        words = wording(language) if language in LANGUAGES else None
        for overlay in own:
            words = overlaid(words, overlay, language)
        assert words is not None
        _check_complete(file, words, [c for c in contexts if c.language == language], units)
        found[language] = words
    return found


def _check_framings(names: Sequence[str], overlays: Sequence[Overlay]) -> None:
    known = {LANGUAGE_FRAMING: None} | dict.fromkeys(wording("en").framings)
    for overlay in overlays:
        for texts in overlay.texts.values():
            known |= dict.fromkeys(part for item, part in texts if item == "framing")
    for name in names:
        if name not in known:
            raise StudyError(
                f"framings.names: there is no framing {name!r}; {nearest(name, known)}; or give it "
                "words in a file of wordings (item = framing)"
            )


def _check_complete(
    file: FramingsFile, words: Wording, contexts: Sequence[Context], units: Sequence[Unit]
) -> None:
    lacking = missing(
        words,
        units,
        sorted({context.framing for context in contexts} - {LANGUAGE_FRAMING}),
        sorted({context.country for context in contexts if context.country is not None}),
        file.framings.paraphrases,
        file.asking.elicitation == "probabilities",
    )
    if lacking:
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        raise StudyError(
            f"the wording in language {words.language!r} lacks {', '.join(lacking[:5])}{more}; "
            f"{_remedy(lacking, words)}"
        )


def _remedy(lacking: Sequence[str], words: Wording) -> str:
    """A file of wordings holds anything but paraphrases."""
    if not lacking[0].startswith("paraphrase"):
        return "add them to a file of wordings, or leave out what needs them"
    own = [name for name in lacking if " of framing " in name]
    if own:
        return "a framing of one's own has no paraphrases: set framings.paraphrases = 0"
    return f"set framings.paraphrases to at most {len(words.paraphrases)}"


@dataclass(frozen=True)
class FramingsStudy(Materials):
    """A resolved framings study; see `mores.studies.study.BoundStudy`.

    Attributes
    ----------
    overlays : tuple of Overlay
        The user's own wording.
    """

    overlays: tuple[Overlay, ...]

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Which inputs are synthetic."""
        return ("humans",) if self.humans.synthetic else ()

    @property
    def language(self) -> str:
        """Language of the baseline's prompts; each answer has its own."""
        return self.file.framings.baseline

    @property
    def needs_scoring(self) -> bool:
        """Whether probabilities of labels are asked for."""
        return self.file.asking.elicitation == "probabilities"

    def design(self, model: Model) -> FramingsDesign:
        """The design of asking one prepared model."""
        known = {field.name: getattr(self, field.name) for field in fields(Materials)}
        return FramingsDesign(**known, identity=model.identity, capabilities=model.capabilities)

    def fingerprint(self) -> dict[str, Any]:
        """Digests of all that shapes a trial, by a name that a message can use.

        The number of units sampled is not among them: more can be asked later.
        """
        asking = self.file.asking
        return {
            "study": self.file.study,
            "seed": self.file.seed,
            "framings": [list(context) for context in self.contexts],
            "questions": digest([[u.id, list(u.members)] for u in self.units]).hex(),
            "prompts": digest(self._said()).hex(),
            "asking": digest(
                [asking.elicitation, asking.orders, asking.text_share]
                + ([asking.repeats] if asking.elicitation == "text" else [])
            ).hex(),
            "sampling": asdict(sampling_of(self.file)),
        }

    def _said(self) -> list[str]:
        """Every unit in the first context of each language; a question and a battery in all contexts."""
        first = {context.language: context for context in reversed(self.contexts)}
        pairs = [(context, unit) for context in first.values() for unit in self.units]
        one_each = {unit.battery: unit for unit in self.units}.values()
        pairs += [(context, unit) for context in self.contexts for unit in one_each]
        return [self.prompt(context, unit) for context, unit in pairs]

    def prompt(self, context: Context, unit: Unit) -> str:
        """The message of a unit in a context, its options in the first order."""
        words = self.wordings[context.language]
        codes = unit.codes(unit.members[0])
        shown = shown_options(codes, words.unit(unit), self.orders(unit)[0])
        return message(context, words, unit, shown)

    def sample_prompts(self) -> list[tuple[str, str, str]]:
        """Language, framing and text of some messages.

        All framings in the baseline's language, one with a country in each other, and a battery.
        """
        batteries = [unit for unit in self.asked if unit.battery]
        single = next((unit for unit in self.asked if not unit.battery), self.asked[0])
        first: dict[tuple[str, str], Context] = {}
        for context in self.contexts:
            known = context.language == self.language
            if context.paraphrase == 0 and (known or context.country is not None):
                first.setdefault((context.language, context.framing if known else ""), context)
        told = [(x.language, x.framing, self.prompt(x, single)) for x in first.values()]
        alone = self.contexts[0]
        told += [(alone.language, alone.framing, self.prompt(alone, u)) for u in batteries[-1:]]
        return told

    def snapshot(self) -> tuple[FramingsFile, dict[str, bytes]]:
        """Own wordings, for the run's folder, and the file that refers to them."""
        data = {f"wordings/{overlay.name}.csv": overlay.content for overlay in self.overlays}
        return self.file.model_copy(update={"wordings": tuple(data)}), data

    @property
    def analysed(self) -> tuple[str, ...]:
        """The columns that tables rest on."""
        return (
            *("context", "unit", "question", "elicitation", "status", "option", "parts"),
            *("probabilities", "allowed_mass", "unseen", "flags"),
        )

    def analyse(self, answers: pl.DataFrame, label: str) -> dict[str, pl.DataFrame]:
        """The study's tables; see `mores.studies.framings.tables`."""
        from mores.studies.framings.tables import tables

        given = responses(
            answers, label, self.contexts, self.asked, probabilities=self.needs_scoring
        )
        options = self.file.analysis
        return tables(
            self.observed, given, draws=options.draws, level=options.level, seed=self.file.seed
        )

    @property
    def requests_counted(self) -> int:
        """Requests as tables count them: each slice its own."""
        return len(self.cells) * self._requests_a_context

    @property
    def requests_asked(self) -> int:
        """Distinct requests: equal prompts are asked once; without texts beside probabilities."""
        return len(self.contexts) * self._requests_a_context

    @property
    def _requests_a_context(self) -> int:
        """Units, or members where each is asked alone, in every order and repeat."""
        repeats = 1 if self.needs_scoring else self.file.asking.repeats
        return repeats * sum(
            len(self.orders(unit)) * (len(unit.members) if self.needs_scoring else 1)
            for unit in self.asked
        )

    def summary(self) -> list[str]:
        """What is asked of whom, in sentences."""
        names = self.file.framings.names
        batteries = [unit for unit in self.asked if unit.battery]
        members = sum(len(unit.members) for unit in self.asked)
        kept = f"{len(batteries)} batter{'y' if len(batteries) == 1 else 'ies'}"
        slices = f"{len(self.slices)} slice{'s' * (len(self.slices) > 1)}"
        said = [
            f"{len(self.asked):,} units ({kept}; {members:,} questions) in {slices} of language and "
            f"country under {len(names)} framings: {self._requests_told()}.",
            f"Baseline: the question alone in language {self.language!r}{self._uncounted}.",
        ]
        reconstructed = sum(unit.status != "certain" for unit in self.asked)
        if reconstructed:
            said.append(
                f"{reconstructed} of the units are reconstructed: the paper does not name them."
            )
        own = sorted({w.unit(u).source for w in self.wordings.values() for u in self.asked})
        said.append(f"Wording: {', '.join(own)}{self._around(own)}.")
        return [*said, self.humans.sentence()]

    def _requests_told(self) -> str:
        counted, asked = self.requests_counted, self.requests_asked
        said = f"{counted:,} requests counted per slice, {asked:,} asked"
        if asked < counted:
            said += ", for equal prompts are asked once"
        share = self.file.asking.text_share
        return f"{said}; {share:.0%} also in text" if self.needs_scoring and share else said

    @property
    def _uncounted(self) -> str:
        """Said of a baseline that is asked for the sake of others alone."""
        if any(cell.context == 0 for cell in self.cells):
            return ""
        return ", asked besides and counted in no slice"

    def _around(self, sources: Sequence[str]) -> str:
        """The overlays that change none of the questions asked."""
        used = {name for source in sources for name in source.split("+")}
        rest = [overlay.name for overlay in self.overlays if overlay.name not in used]
        return f"; {', '.join(rest)}: around the questions at most" if rest else ""
