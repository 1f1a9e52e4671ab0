"""The calibrated-personas protocol, bound to its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mores.instruments.survey import Measurement
from mores.keys import digest
from mores.models.interface import Model
from mores.personas.descriptors import MAP_ITEMS
from mores.prompts.templates import template_set
from mores.studies.calibrated_personas.collecting import observe, targets
from mores.studies.calibrated_personas.design import CalibratedDesign
from mores.studies.calibrated_personas.drawing import draw
from mores.studies.calibrated_personas.file import CalibratedPersonasFile
from mores.studies.calibrated_personas.materials import Materials
from mores.studies.calibrated_personas.precision import blocks, mae_interval, precise_enough
from mores.studies.calibrated_personas.profiling import prompts_of
from mores.studies.calibrated_personas.prompting import PersonaTexts
from mores.studies.calibrated_personas.resolving import (
    check_leaks,
    conditions_of,
    countries_of,
    descriptor_sets_of,
)
from mores.studies.calibrated_personas.template_checks import check_templates, first_prompts
from mores.studies.humans import Humans
from mores.studies.study import Precision, sampling_of

if TYPE_CHECKING:
    import polars as pl

    from mores.populations.population import Population

__all__ = ["CalibratedPersonasStudy", "File", "bind"]

File = CalibratedPersonasFile


def bind(file: CalibratedPersonasFile, folder: Path) -> CalibratedPersonasStudy:
    """Read what a study file refers to.

    Parameters
    ----------
    file : CalibratedPersonasFile
        The parsed file.
    folder : Path
        Where its relative paths begin.

    Raises
    ------
    MoresError
        If anything it names does not exist or cannot be used together.
    """
    own_templates = folder / file.templates if file.templates else None
    templates = template_set(file.language, "calibrated_personas", own_templates)
    sets, own_sets = descriptor_sets_of(file, folder)
    conditions, countries = conditions_of(file, sets), countries_of(file)
    humans, options = Humans(file.data), file.questions
    population = humans.population
    check_leaks(targets(population, options.items), conditions, sets)
    enough = _answered(population) >= file.personas.least_indicators
    drawn = draw(population, countries, enough, file.personas_drawn, file.seed)
    observed = observe(
        population, options.items, countries, options.minimum_coverage, options.uncovered
    )
    rows = np.unique(np.concatenate(list(drawn.values())))
    texts = PersonaTexts(population, sets, templates, file.personas.guidance[0], rows)
    prompts = prompts_of(conditions, countries, drawn, texts, file.importance.personas)
    study = CalibratedPersonasStudy(file, humans, observed, texts, drawn, prompts, own_sets)
    check_templates(study)
    return study


def _answered(population: Population) -> NDArray[np.int64]:
    """How many of the ten indicators each respondent answered."""
    return np.asarray((population.answer_matrix(MAP_ITEMS) >= 0).sum(axis=0), np.int64)


@dataclass(frozen=True)
class CalibratedPersonasStudy(Materials):
    """A resolved calibrated-personas study; see `mores.studies.study.BoundStudy`.

    Attributes
    ----------
    own_sets : mapping of str to bytes
        Content of the user's own descriptor sets, by name.
    """

    own_sets: Mapping[str, bytes]

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Which inputs are synthetic."""
        return ("humans",) if self.humans.synthetic else ()

    @property
    def language(self) -> str:
        """Language of the prompts."""
        return self.file.language

    @property
    def needs_scoring(self) -> bool:
        """Whether probabilities of labels are asked for."""
        return self.file.asking.elicitation == "probabilities"

    def design(self, model: Model) -> CalibratedDesign:
        """The design of asking one prepared model."""
        known = {field.name: getattr(self, field.name) for field in fields(Materials)}
        return CalibratedDesign(**known, identity=model.identity, capabilities=model.capabilities)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Personas a country at which precision is looked at; the last are all that there are."""
        options, most = self.file.precision, self.file.personas_drawn
        if options.width is None:
            return (most,)
        return blocks(options.first, options.step, most)

    def sized(self, personas: int) -> CalibratedPersonasStudy:
        """The study with fewer personas, the first of those drawn."""
        if personas == self.file.personas_drawn:
            return self
        drawn = {country: rows[:personas] for country, rows in self.drawn.items()}
        file = self.file.model_copy(update={"sample": personas})
        conditions, countries = self.prompts.conditions, self.prompts.countries
        few = self.file.importance.personas
        prompts = prompts_of(conditions, countries, drawn, self.texts, few)
        return replace(self, file=file, drawn=drawn, prompts=prompts)

    def precision(self, answers: pl.DataFrame, label: str) -> Precision:
        """The widest interval of a persona arm's mean absolute error, asked for and reached."""
        width = self.file.precision.width or 0.0
        found = self._interval(answers, label)
        widest = (found["mae_high"] - found["mae_low"]).max()
        reached = None if widest is None else float(widest)  # type: ignore[arg-type]
        return Precision(width, reached, precise_enough(found, width))

    def _interval(self, answers: pl.DataFrame, label: str) -> pl.DataFrame:
        from mores.studies.calibrated_personas.tables import targets_answered

        options = self.file.analysis
        given = targets_answered(self, answers, label)
        return mae_interval(given, self.observed, options.draws, options.level, self.file.seed)

    def fingerprint(self) -> dict[str, Any]:
        """Digests of all that shapes a trial, by a name that a message can use.

        The number of personas is not among them: more can be drawn later.
        """
        file = self.file
        asking = file.asking
        return {
            "study": file.study,
            "seed": file.seed,
            "humans": self.observed.population.fingerprint,
            "countries": list(self.prompts.countries),
            "questions": [item.id for item in self.questions],
            "personas": digest(
                [
                    [
                        [c.arm, c.guidance, c.descriptors, c.indicators]
                        for c in self.prompts.conditions
                    ],
                    [[name, known.digest()] for name, known in sorted(self.texts.sets.items())],
                    file.personas.least_indicators,
                    file.importance.personas if file.importance.method != "none" else 0,
                    self.used.tolist(),
                ]
            ).hex(),
            "prompts": self.texts.templates.digest() + self._wordings,
            "asking": digest(
                [asking.elicitation, asking.orders, asking.labels, asking.text_share]
                + ([asking.repeats] if asking.elicitation == "text" else [])
            ).hex(),
            "sampling": asdict(sampling_of(file)),
        }

    @cached_property
    def _wordings(self) -> str:
        """Digest of how personas and questions are worded, for each condition by its first prompt."""
        table, texts = self.prompts, self.texts
        told = []
        for prompt in first_prompts(self):
            condition = table.conditions[table.condition[prompt]]
            country = table.countries[table.country[prompt]] if condition.names_country else None
            told.append(texts.system(condition, country, int(table.row[prompt])))
        asked = [[i.question, list(i.codes), list(i.labels)] for i in self.questions]
        return digest([told, asked]).hex()

    def snapshot(self) -> tuple[CalibratedPersonasFile, dict[str, bytes]]:
        """Own descriptors and templates, for the run's folder, and the file that refers to them."""
        data = {f"descriptors/{name}.toml": text for name, text in self.own_sets.items()}
        names = [f"descriptors/{n}.toml" if n in self.own_sets else n for n in self.texts.sets]
        templates = None
        if self.file.templates is not None:
            templates = "templates"
            data |= {f"{templates}/{name}": text for name, text in self.texts.templates.own.items()}
        personas = self.file.personas.model_copy(update={"descriptors": tuple(names)})
        update = {"personas": personas, "templates": templates}
        return self.file.model_copy(update=update), data

    @property
    def analysed(self) -> tuple[str, ...]:
        """The columns that tables rest on."""
        return (
            *("prompt", "question", "arm", "guidance", "descriptors", "indicators"),
            *(
                "elicitation",
                "order",
                "status",
                "option",
                "probabilities",
                "allowed_mass",
                "unseen",
            ),
        )

    def analyse(self, answers: pl.DataFrame, label: str) -> dict[str, pl.DataFrame]:
        """The study's tables; see `mores.studies.calibrated_personas.tables`."""
        from mores.studies.calibrated_personas.tables import tables

        return tables(self, answers, label)

    def summary(self) -> list[str]:
        """What is asked of whom, in sentences."""
        whole = [c for c in self.prompts.conditions if c.whole]
        people = [c for c in whole if c.has_personas]
        who = _number(len(whole), "way", "ways") + " of being asked"
        if people:
            drawn = _number(self.file.personas_drawn, "persona", "personas")
            who += f", {len(people):,} of them with {drawn} a country"
        left = int((~self.observed.used).sum())
        said = [
            f"{_number(len(self.targets), 'target question', 'target questions')} in "
            f"{_number(len(self.prompts.countries), 'country', 'countries')}, {who}: "
            + _number(
                len(self.prompts),
                "distinct system message.",
                "distinct system messages, of which equal ones are shared.",
            )
        ]
        subsets = len(self.prompts.conditions) - len(whole)
        if subsets:
            said.append(
                f"{subsets:,} subsets of the descriptors, for their Shapley values, with at most "
                f"{_number(self.file.importance.personas, 'persona', 'personas')} a country."
            )
        if self.indicators:
            said.append(
                f"{len(self.indicators):,} questions that place the model on the cultural map, of those "
                "whose persona is not made of them."
            )
        nominal = [i.id for i in self.targets if i.measurement == Measurement.NOMINAL]
        if nominal:
            said.append(
                f"{', '.join(nominal)}: the options have no order of their own; their codes are "
                "taken for one."
            )
        if left:
            said.append(
                f"{left:,} of {self.observed.used.size:,} pairs of question and country are left out: "
                "too few of the humans answered."
            )
        return [*said, self.humans.sentence()]


def _number(n: int, one: str, several: str) -> str:
    return f"{n:,} {one if n == 1 else several}"
