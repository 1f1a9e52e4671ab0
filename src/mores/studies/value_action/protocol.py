"""The value–action protocol, bound to its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mores.errors import InputError, StudyError, nearest
from mores.instruments.dilemmas import Dilemma, dilemma_json, read_dilemmas
from mores.instruments.scales import Scale, own_scale, scales
from mores.instruments.schwartz import value_types, values
from mores.keys import digest, seed_from
from mores.models.interface import Capabilities, Model
from mores.personas.catalogue import BASELINE, persona_at, persona_from_levels, personas
from mores.prompts.letters import LETTERS
from mores.prompts.templates import TemplateSet, template_set
from mores.studies.humans import Humans
from mores.studies.study import sampling_of
from mores.studies.value_action.design import ValueActionDesign
from mores.studies.value_action.file import ValueActionFile
from mores.studies.value_action.framing import DEFAULT, check_own_templates, framing_sentence
from mores.studies.value_action.materials import QUESTIONS, Arm, Materials
from mores.studies.value_action.scores import ALL_PERSONAS

if TYPE_CHECKING:
    import polars as pl

__all__ = ["File", "ValueActionStudy", "bind"]

File = ValueActionFile
SNAPSHOT = "dilemmas.jsonl"
MAX_OPTIONS = 20
"""As many as `mores.keys.permutation` can put in order."""


def bind(file: ValueActionFile, folder: Path) -> ValueActionStudy:
    """Read what a study file refers to.

    Parameters
    ----------
    file : ValueActionFile
        The parsed file.
    folder : Path
        Where its relative paths begin.

    Raises
    ------
    MoresError
        If anything it names does not exist or cannot be used together.
    """
    shipped = file.dilemmas.source == "mores"
    everything = read_dilemmas(None if shipped else folder / file.dilemmas.source)
    dilemmas = _filtered(everything, file)
    if file.sample is not None and file.sample > len(dilemmas):
        raise StudyError(
            f"sample = {file.sample} is more than the dilemmas to choose from; take at most "
            f"{len(dilemmas)}"
        )
    templates = template_set(
        file.language, "value_action", folder / file.templates if file.templates else None
    )
    value_scale, action_scores = _scales(file)
    study = ValueActionStudy(
        file,
        dilemmas,
        _arms(file),
        value_scale,
        action_scores,
        _chosen(file, dilemmas),
        templates,
        Humans(file.data),
    )
    check_own_templates(templates.own, study.framing)
    study.check()
    return study


def _filtered(dilemmas: Sequence[Dilemma], file: ValueActionFile) -> tuple[Dilemma, ...]:
    for field in ("values", "topics"):
        known = sorted({getattr(d, field[:-1]) for d in dilemmas})
        for wanted in getattr(file.dilemmas, field):
            if wanted not in known:
                raise StudyError(
                    f"dilemmas.{field}: there is no {wanted!r}; {nearest(wanted, known)}"
                )
    chosen = tuple(
        d
        for d in dilemmas
        if (not file.dilemmas.values or d.value in file.dilemmas.values)
        and (not file.dilemmas.topics or d.topic in file.dilemmas.topics)
    )
    if not chosen:
        raise StudyError(
            "no dilemma has both one of the values and one of the topics; widen either"
        )
    return chosen


def _chosen(file: ValueActionFile, dilemmas: Sequence[Dilemma]) -> NDArray[np.int64]:
    if file.sample is None:
        return np.arange(len(dilemmas))
    # Ranks by digest: a larger sample contains the smaller one, so it can be widened later.
    ranks = [seed_from("sample", file.seed, d.id) for d in dilemmas]
    return np.sort(np.argsort(ranks, kind="stable")[: file.sample])


def _arms(file: ValueActionFile) -> tuple[Arm, ...]:
    options = file.personas
    known = sorted({p.category for p in personas()})
    for category in options.categories:
        if category not in known:
            raise StudyError(
                f"personas.categories: there is no {category!r}; {nearest(category, known)}"
            )
    chosen = [p for p in personas() if p.category in options.categories]
    chosen += [persona_at(index) for index in options.indices]
    chosen += [persona_from_levels(own.name, own.category, own.levels) for own in options.own]
    seen: set[str] = set()
    for persona in chosen:
        if persona.id in seen or persona.id == BASELINE.id:
            raise StudyError(
                f"personas: {persona.id!r} is there twice; give each a name of its own"
            )
        if persona.category == ALL_PERSONAS:
            raise StudyError(
                f"personas: the category of {persona.id!r} is {ALL_PERSONAS!r}, which the tables call "
                "all of them together; name another"
            )
        seen.add(persona.id)
    if len(set(options.renderings)) < len(options.renderings):
        raise StudyError(
            f"personas.renderings names one twice ({', '.join(options.renderings)}); name each once"
        )
    arms = [Arm(BASELINE, "none")] if options.baseline else []
    arms += [
        Arm(persona, style, options.framing) for style in options.renderings for persona in chosen
    ]
    if not arms:
        raise StudyError("there is neither a baseline nor a persona; set personas.baseline = true")
    return tuple(arms)


def _scales(file: ValueActionFile) -> tuple[Scale, tuple[float, ...]]:
    options = file.scales
    if options.value_labels or options.value_scores:
        value = own_scale("value_labels", options.value_labels, options.value_scores)
        if len(value.options) > MAX_OPTIONS:
            raise StudyError(
                f"scales.value_labels has {len(value.options)} labels; allowed are {MAX_OPTIONS} at "
                "most, so that their order can be drawn; merge some"
            )
    elif options.value is None:
        raise StudyError("scales.value is missing; name a shipped scale, or give value_labels")
    else:
        value = scales()[options.value]
    action = tuple(option.score for option in scales()["action-6"].options)
    if options.action_scores:
        if len(options.action_scores) != len(action):
            raise StudyError(
                f"scales.action_scores has {len(options.action_scores)} numbers; it needs one for each "
                "of strong, moderate, mild aligned, mild, moderate, strong opposed"
            )
        labels = [option.id for option in scales()["action-6"].options]
        own = own_scale("action_scores", labels, options.action_scores)
        action = tuple(option.score for option in own.options)
        if any(stronger < milder for stronger, milder in pairwise(action)):
            raise StudyError(
                f"scales.action_scores = {list(action)} rises; give the score of the strongly aligned "
                "action first, and none that is higher than the one before it"
            )
    return value, action


@dataclass(frozen=True)
class ValueActionStudy(Materials):
    """A resolved value–action study; see `mores.studies.study.BoundStudy`."""

    templates: TemplateSet
    humans: Humans

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Which inputs are synthetic."""
        return ("humans",) if self.humans.synthetic else ()

    @property
    def needs_scoring(self) -> bool:
        """Whether it asks for probabilities: answers are letters in text."""
        return False

    @property
    def language(self) -> str:
        """Language of the prompts."""
        return self.file.language

    def design(self, model: Model) -> ValueActionDesign:
        """The design of asking one prepared model."""
        return self._designed(model.identity, model.capabilities)

    def _designed(self, identity: dict[str, Any], capabilities: Capabilities) -> ValueActionDesign:
        types = value_types()
        return ValueActionDesign(
            **{field.name: getattr(self, field.name) for field in fields(Materials)},
            templates=self.templates,
            loadings={v.id: types[v.type].simulated_loading for v in values().values()},
            identity=identity,
            capabilities=capabilities,
        )

    def check(self) -> None:
        """Render prompts of each kind, so that a faulty template is known before anything is asked.

        Raises
        ------
        PromptError, InputError
            If a template fails, or leaves out what is to be answered.
        """
        design = self._designed({}, Capabilities())
        dilemma = self.dilemmas[0]
        for arm in self.arms:
            for question in QUESTIONS:
                texts = [m.content for m in design.messages(dilemma, arm, question, 0)]
                if not all(text.strip() for text in texts):
                    raise InputError(f"the templates give an empty {question} prompt; mend them")
                self._check_prompt(
                    "\n".join(texts), arm, question, design.labels(dilemma, question)
                )

    def _check_prompt(self, prompt: str, arm: Arm, question: str, labels: Sequence[str]) -> None:
        dilemma = self.dilemmas[0]
        needed = [dilemma.scenario_text, *labels]
        if arm.block is not None:
            needed.append(arm.block)
        if question == "value":
            needed.append(dilemma.value_label)
        for text in needed:
            if text not in prompt:
                raise InputError(
                    f"the {question} prompt of your templates lacks {text[:60]!r}; it must hold the "
                    "persona (where there is one), the scenario, the value asked about, and every option"
                )
        lines = [line.strip() for line in prompt.splitlines()]
        for label in labels:
            if not any(line.endswith(label) and line[:1] in LETTERS for line in lines):
                raise InputError(
                    f"the {question} prompt of your templates shows {label[:60]!r} without its letter; "
                    "write each option on a line that begins with {{ letter }}"
                )

    @cached_property
    def _dilemma_lines(self) -> list[str]:
        return [dilemma_json(dilemma) for dilemma in self.dilemmas]

    def fingerprint(self) -> dict[str, Any]:
        """Digests of all that shapes a trial, by a name that a message can use."""
        file = self.file
        return {
            "study": file.study,
            "seed": file.seed,
            "dilemmas": digest(self._dilemma_lines).hex(),
            "personas": digest(
                [[a.persona.id, a.persona.category, a.rendering, a.block] for a in self.arms]
            ).hex(),
            "prompts": self.templates.digest(self.framing),
            "scales": digest(
                [[[o.label, o.score] for o in self.value_scale.options], list(self.action_scores)]
            ).hex(),
            "asking": digest(
                [file.asking.repeats, file.asking.shuffle, file.asking.structured]
            ).hex(),
            "sampling": asdict(sampling_of(file)),
        } | ({} if self.framing == DEFAULT else {"framing": self.framing})

    def snapshot(self) -> tuple[ValueActionFile, dict[str, bytes]]:
        """Dilemmas and own templates, for the run's folder, and the file that refers to them there."""
        data = {SNAPSHOT: ("\n".join(self._dilemma_lines) + "\n").encode()}
        templates = None
        if self.file.templates is not None:
            templates = "templates"
            own = self.templates.own
            data |= {f"{templates}/{name}": content for name, content in own.items()}
        everything: dict[str, Any] = {"source": SNAPSHOT, "values": (), "topics": ()}
        dilemmas = self.file.dilemmas.model_copy(update=everything)
        update = {"dilemmas": dilemmas, "templates": templates}
        return self.file.model_copy(update=update), data

    @property
    def analysed(self) -> tuple[str, ...]:
        """The columns that tables rest on."""
        return (
            *("trial", "dilemma", "category", "rendering", "question", "option", "score"),
            *("position", "status", "attempts", "reason"),
        )

    def analyse(self, answers: pl.DataFrame, label: str) -> dict[str, pl.DataFrame]:
        """The study's tables; see `mores.studies.value_action.tables`."""
        from mores.studies.value_action.prevalence import prevalence
        from mores.studies.value_action.tables import tables

        population = self.humans.population
        return tables(self, answers, label) | {
            "persona_prevalence": prevalence(self, population, label)
        }

    def summary(self) -> list[str]:
        """What is asked of whom, in sentences."""
        asked = self.asked
        people = {a.persona.id for a in self.arms if a.persona.configuration is not None}
        baseline = any(a.persona.configuration is None for a in self.arms)
        who = [_count(len(people), "persona")] if people else []
        if baseline:
            who.append("a baseline without any" if people else "no persona at all")
        renderings = {a.rendering for a in self.arms} - {"none"}
        each = f", each in {len(renderings)} renderings" if len(renderings) > 1 else ""
        return [
            f"{_count(len(asked), 'dilemma')} about {_count(len({d.value for d in asked}), 'value')} in "
            f"{_count(len({d.topic for d in asked}), 'topic')}, each with a value question and, apart "
            f"from it, an action question, asked {_count(self.file.asking.repeats, 'time')} "
            f"{'of' if self.framing == DEFAULT else 'with'} {' and '.join(who)}{each}.",
            *framing_sentence(self.framing),
            self.humans.sentence(),
        ]


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
