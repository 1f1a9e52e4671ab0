"""The grounded-personas protocol, bound to its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.errors import PromptError, StudyError
from mores.instruments.mfq2 import battery
from mores.instruments.validation import shown
from mores.keys import digest
from mores.models.interface import Model
from mores.personas.biographies import Biography
from mores.personas.biography_files import (
    BiographyFile,
    Making,
    line_of,
    making_line,
    read_biographies,
)
from mores.personas.biography_grammar import composed
from mores.personas.biography_reading import read_offline
from mores.personas.configuration_files import read_configurations
from mores.personas.configuration_samples import ConfigurationSample
from mores.personas.grid import N_CONFIGURATIONS
from mores.personas.prevalence import Prevalence, prevalence
from mores.personas.sampling_designs import (
    all_configurations,
    prevalence_sample,
    random_sample,
    stratified_sample,
)
from mores.prompts.templates import template_set
from mores.studies.grounded_personas.design import GroundedDesign
from mores.studies.grounded_personas.file import GroundedPersonasFile
from mores.studies.grounded_personas.materials import Materials
from mores.studies.grounded_personas.questions import questions_of
from mores.studies.grounded_personas.responses import Collector
from mores.studies.humans import Humans
from mores.studies.study import sampling_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["File", "GroundedAnalyser", "GroundedStudy", "bind", "prevalence_of"]

File = GroundedPersonasFile

_METHODS = ("all", "random", "stratified", "prevalence")
_OFFLINE = Making("a grammar, not a language model", True, 0, reader="offline reader")


def bind(file: GroundedPersonasFile, folder: Path) -> GroundedStudy:
    """Read what a study file refers to.

    Parameters
    ----------
    file : GroundedPersonasFile
        The parsed file.
    folder : Path
        Where its relative paths begin.

    Raises
    ------
    MoresError
        If anything it names does not exist or cannot be used together.
    """
    if file.prevalence.smoothing == "none" and isinstance(file.prevalence.alpha, float | int):
        # Told now: prevalence is not estimated before everything is asked.
        raise StudyError(
            f"prevalence.alpha = {file.prevalence.alpha:g} smooths, and prevalence.smoothing is 'none'; "
            "leave alpha out, or choose a smoothing"
        )
    own = folder / file.templates if file.templates else None
    templates = template_set(file.language, "grounded_personas", own)
    questionnaire = battery(folder / file.batteries.mfq2 if file.batteries.mfq2 else None)
    humans = Humans(file.data)
    sample = _sample(file, folder, humans)
    biographies = _biographies(file, folder, sample)
    questions = questions_of(file.batteries.names, questionnaire)
    accepted = {b.configuration: b for b in biographies.biographies if b.status == "accepted"}
    study = GroundedStudy(
        file, humans, sample, questions, questionnaire, accepted, templates, biographies
    )
    _check_templates(study)
    return study


def _check_templates(study: GroundedStudy) -> None:
    """Refuse templates that leave out whom a persona is: all would have one prompt."""
    for f, form in enumerate(study.forms):
        asked = study.of_form(form)
        if not len(asked):
            continue
        told = study.told(1 + f * N_CONFIGURATIONS + int(asked[0]))
        said = study.templates.render("system.j2", told)
        lost = [name for name, text in told.items() if text not in said]
        if lost:
            raise PromptError(
                f"system.j2 leaves out {' and '.join(lost)}, which personas of the form {form!r} are "
                "told; put it into the template"
            )


def _sample(file: GroundedPersonasFile, folder: Path, humans: Humans) -> ConfigurationSample:
    method, n, seed = file.personas.configurations, file.configurations_drawn, file.seed
    if method not in _METHODS:
        if file.sample is not None:
            raise StudyError(
                f"sample = {file.sample} takes none of the configurations of a file, and "
                f"personas.configurations names the file {shown(method)}; leave sample out, shorten the "
                f"file, or draw: {', '.join(sorted(_METHODS))}"
            )
        return read_configurations(folder / method)
    if method == "all":
        return all_configurations() if file.sample is None else random_sample(n, seed)
    if method == "random":
        return random_sample(n, seed)
    if method == "stratified":
        return stratified_sample(n, seed)
    options = file.prevalence
    if options.smoothing == "none" and options.uniform_share == 0:
        raise StudyError(
            "prevalence.smoothing = 'none' with uniform_share = 0 never draws what nobody holds, so "
            "that the sample says nothing of the grid; give a smoothing, or a uniform_share above 0"
        )
    common = prevalence_of(file, humans)
    return prevalence_sample(common, n, seed, uniform_share=file.prevalence.uniform_share)


def prevalence_of(file: GroundedPersonasFile, humans: Humans) -> Prevalence:
    """How common configurations are among the humans of all countries, each counting the same."""
    options = file.prevalence
    return prevalence(
        humans.population, smoothing=options.smoothing, alpha=options.alpha, seed=file.seed
    )


def _biographies(
    file: GroundedPersonasFile, folder: Path, sample: ConfigurationSample
) -> BiographyFile:
    """Those of the configurations asked; written by the grammar unless a file has them."""
    if set(file.personas.forms) == {"configuration"}:
        return BiographyFile(_OFFLINE, ())
    wanted = sorted(set(sample.indices.tolist()))
    if file.personas.biographies is None:
        written = (
            replace(biography, reading=read_offline(biography.text))
            for biography in composed(wanted, seed=file.seed)
        )
        return BiographyFile(replace(_OFFLINE, seed=file.seed), tuple(written))
    found = read_biographies(folder / file.personas.biographies)
    there = {biography.configuration: biography for biography in found.biographies}
    lacking = [index for index in wanted if index not in there]
    if lacking:
        raise StudyError(
            f"personas.biographies: {file.personas.biographies} holds no biography of "
            f"{len(lacking):,} of the {len(wanted):,} configurations asked, such as {lacking[0]}; write "
            "them with: mores biographies write, or name the configurations of the file"
        )
    return replace(found, biographies=tuple(there[index] for index in wanted))


@dataclass(frozen=True, eq=False)
class GroundedStudy(Materials):
    """A resolved grounded-personas study; see `mores.studies.study.BoundStudy`.

    Attributes
    ----------
    written : BiographyFile
        The biographies asked for, the rejected ones too, and how they were made.
    """

    written: BiographyFile

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Which inputs are synthetic."""
        made = ("humans",) if self.humans.synthetic else ()
        return (
            (*made, "biographies") if self.biographies and self.written.making.simulated else made
        )

    @property
    def language(self) -> str:
        """Language of the prompts."""
        return self.file.language

    @property
    def needs_scoring(self) -> bool:
        """Whether probabilities of labels are asked for."""
        return self.file.asking.elicitation == "probabilities"

    @cached_property
    def prevalence(self) -> Prevalence:
        """How common configurations are among the humans."""
        return prevalence_of(self.file, self.humans)

    def design(self, model: Model) -> GroundedDesign:
        """The design of asking one prepared model."""
        known = {field.name: getattr(self, field.name) for field in fields(Materials)}
        return GroundedDesign(**known, identity=model.identity, capabilities=model.capabilities)

    def fingerprint(self) -> dict[str, Any]:
        """Digests of all that shapes a trial, by a name that a message can use.

        Which configurations are asked is not among them: more can be asked later.
        """
        asking, forms = self.file.asking, self.file.personas.forms
        texts: Mapping[int, Biography] = self.biographies
        whose = self.written.making
        return {
            "study": self.file.study,
            "seed": self.file.seed,
            "personas": digest(
                [list(forms), self.file.personas.style, self.scores_levels]
                + ([[whose.writer, whose.seed, whose.prompts]] if texts else [])
            ).hex(),
            "questions": digest(
                [[q.id, q.question, list(q.codes), list(q.labels)] for q in self.questions]
            ).hex(),
            "prompts": self.templates.digest(),
            "asking": digest(
                [asking.elicitation, asking.orders, asking.text_share]
                + ([asking.repeats] if asking.elicitation == "text" else [])
            ).hex(),
            "sampling": asdict(sampling_of(self.file)),
        }

    def snapshot(self) -> tuple[GroundedPersonasFile, dict[str, bytes]]:
        """Own files for the run's folder, and the study file that refers to them."""
        data: dict[str, bytes] = {}
        personas, batteries, templates = self.file.personas, self.file.batteries, None
        if self.file.personas.biographies is not None:
            personas = personas.model_copy(update={"biographies": "biographies.jsonl"})
            lines = [making_line(self.written.making), *map(line_of, self.written.biographies)]
            data["biographies.jsonl"] = "".join(lines).encode()
        if personas.configurations not in _METHODS:
            personas = personas.model_copy(update={"configurations": "configurations.csv"})
            rows = zip(self.sample.indices.tolist(), self.sample.weights().tolist(), strict=True)
            table = "".join(f"{index},{weight!r}\n" for index, weight in rows)
            data["configurations.csv"] = f"index,weight\n{table}".encode()
        if batteries.mfq2 is not None:
            batteries = batteries.model_copy(update={"mfq2": "mfq2.csv"})
            data["mfq2.csv"] = self._mfq2_rows()
        if self.file.templates is not None:
            templates = "templates"
            data |= {f"{templates}/{name}": text for name, text in self.templates.own.items()}
        update = {"personas": personas, "batteries": batteries, "templates": templates}
        return self.file.model_copy(update=update), data

    def _mfq2_rows(self) -> bytes:
        import csv
        import io

        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["number", "text"])
        rows.writerows([item.position, item.text] for item in self.questionnaire.items)
        return text.getvalue().encode()

    def analyser(self, label: str) -> GroundedAnalyser:
        """Begin the analysis of a model's answers."""
        return GroundedAnalyser(self, Collector(self, label))

    def analyse(self, answers: pl.DataFrame, label: str) -> dict[str, pl.DataFrame]:
        """The study's tables; see `mores.studies.grounded_personas.tables`."""
        analyser = self.analyser(label)
        analyser.add(answers)
        return analyser.tables()

    def summary(self) -> list[str]:
        """What is asked of whom, in sentences."""
        n, forms = len(self.ascending), self.forms
        asked = f"{len(self.questions):,} questions of {', '.join(self.file.batteries.names)}"
        said = [
            f"{n:,} of 93,312 configurations ({self.sample.design}), told as {', '.join(forms)}, and "
            f"the model without a persona: {asked} each."
        ]
        if self.scores_levels:
            said.append("Besides, 32 levels are scored on six moral foundations: 192 requests.")
        if self.biographies:
            making = self.written.making
            rejected = len(self.written.biographies) - len(self.biographies)
            said.append(
                f"Biographies by {making.writer}: {len(self.biographies):,}"
                + (f"; {rejected:,} were rejected and are not asked." if rejected else ".")
            )
        if "mfq2" in self.file.batteries.names:
            said.append(f"Moral foundations: {self.questionnaire.label}.")
        return [*said, self.humans.sentence()]


@dataclass
class GroundedAnalyser:
    """Collects answers, then computes the tables."""

    study: GroundedStudy
    collector: Collector

    def add(self, answers: pl.DataFrame) -> None:
        """Further answers, one row a request."""
        self.collector.add(answers)

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables; see `mores.studies.grounded_personas.tables`."""
        from mores.studies.grounded_personas.tables import tables

        return tables(self.study, self.collector.responses())
