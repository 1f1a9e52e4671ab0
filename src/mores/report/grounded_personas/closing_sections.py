"""Prompts, doubts, methods, and how to come to the same page again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from mores.errors import MoresError
from mores.models.interface import Capabilities
from mores.personas.variables import N_CONFIGURATIONS
from mores.report.blocks import Block, Bullets, Code, Prose, Section
from mores.report.grounded_personas.context import known
from mores.report.grounded_personas.labels import form_style, safe
from mores.report.numbers import count, number_of, percent
from mores.report.reproduction import identity_text, reproduce_section
from mores.report.visible import clipped

if TYPE_CHECKING:
    from mores.models.interface import Model
    from mores.report.grounded_personas.context import Findings

__all__ = ["doubts", "methods", "prompts", "reproduce"]

Item = tuple[str, str]

_LONGEST = 6000
"""Of a prompt on the page, in characters."""
_FEW = 10
_BATTERY = {"map": "map", "probe": "probe", "mfq2": "moral foundations"}


def prompts(found: Findings) -> Section:
    """The first persona in each form, a question of each battery, and a level to score."""
    text = (
        "Messages as they are sent: a system message says who the persona is, a user message puts one "
        "question. Without a persona there is a system message as well. All others are listed with "
        "their replies by mores answers."
    )
    blocks: list[Block] = [Prose([text])]
    language = found.bound.language
    blocks += [
        Code(clipped(message, _LONGEST), caption, folded=len(message) > 1500, lang=language)
        for caption, message in _messages(found)
    ]
    return Section("prompts", "Prompts", blocks)


def _messages(found: Findings) -> list[tuple[str, str]]:
    from mores.prompts.level_prompts import level_prompt
    from mores.prompts.scale_questions import question_text
    from mores.studies.grounded_personas.materials import LEVELS

    bound = found.bound
    design = bound.design(cast("Model", SimpleNamespace(identity={}, capabilities=Capabilities())))
    try:
        said = [("System message without a persona", design.system_text(0))]
        for place, form in enumerate(bound.forms):
            of_form = bound.of_form(form)
            if len(of_form):
                number = 1 + place * N_CONFIGURATIONS + int(of_form[0])
                title = form_style(form).title.lower()
                caption = f"System message, configuration {int(of_form[0])} told as {title}"
                said.append((caption, design.system_text(number)))
        for battery in bound.file.batteries.names:
            # One with few options: with many, the labels depend on what the model can tell.
            place, question = min(
                ((k, q) for k, q in enumerate(bound.questions) if battery in q.batteries),
                key=lambda one: (len(one[1].codes) >= _FEW, one[0]),
            )
            order = bound.orders[place][0]
            message = question_text(question, order, False, bound.templates)
            said.append((f"User message, a question of the battery {_BATTERY[battery]}", message))
        if bound.scores_levels:
            from mores.instruments.mfq2 import foundations

            message = level_prompt(*LEVELS[0], foundations()[0])
            said.append(("User message that scores a level on a foundation", message))
    except MoresError as error:
        said = [("", f"The prompts cannot be shown: {error}")]
    return said


def doubts(found: Findings) -> Section:
    """The limits of what was found, as far as the data tell."""
    items: list[Item] = [
        _simulated(found),
        _synthetic(found),
        _written(found),
        (
            "The paper is known from a summary.",
            "Greco, La Cava and Tagarelli 2026 was read as a summary alone. Its prompts, the weights "
            "of its alignment, its groups' sizes and the prompt behind its matrix of scores are not "
            "known: where this page stands beside its numbers, a difference may come from that.",
        ),
        (
            "Combinations that nobody holds.",
            "All combinations of levels are in the grid, many of them held by next to nobody. Uniform "
            "weighting speaks of what the model does with configurations, prevalence weighting of "
            "personas as common as people; neither is a person.",
        ),
        _prevalence(found),
        _items(found),
        _groups(found),
        _mass(found),
        _coverage(found),
        (
            "Instructed, not measured.",
            "Personas are told values and asked about values. That answers follow what was told shows "
            "that the model reads its prompt; several questions of the map and the probe are close to "
            "the variables' own wording.",
        ),
        (
            "What the intervals cover.",
            "They come from drawing personas (and respondents, for alignment) anew. They cover no other "
            "wording, no other order of options, no other model, and not the choice of questions. They "
            "are not adjusted for how many there are. Where the whole grid was asked, there is nothing "
            "to draw: numbers are then those of this model's answers, exactly.",
        ),
    ]
    return Section("doubts", "Doubts", [Bullets([item for item in items if item[1]])])


def _simulated(found: Findings) -> Item:
    text = (
        "The respondent is a model of answering with set loadings of the variables on the map and on "
        "the foundations. Its answers show that the study runs and what its estimators recover; they "
        "say nothing about any language model. It does not read prompts: what distinguishes "
        "configuration and biography is not among its parameters."
    )
    return ("Simulated.", text if found.simulated else "")


def _synthetic(found: Findings) -> Item:
    text = (
        "The humans were drawn from a model. Alignment, positions of countries, prevalence and "
        "demographics say how the study behaves, and nothing about people of these countries."
    )
    return ("Synthetic humans.", text if found.made("humans") else "")


def _written(found: Findings) -> Item:
    text = (
        "Biographies were written by a grammar from the configuration, with demographics drawn by a "
        "random generator, and read again by rules that know the grammar. Contradictions and "
        "demographics are those of the grammar."
    )
    return ("Simulated biographies.", text if found.made("biographies") else "")


def _prevalence(found: Findings) -> Item:
    shares = found.prevalence
    if shares is None:
        return ("", "")
    rows = [r for r in found.model.rows("clouds", weighting="prevalence") if known(r, "n")]
    few = ""
    if rows:
        row = min(rows, key=lambda r: known(r, "n_effective") or 0.0)
        few = (
            f" Here {count(int(row['n']))} personas count as much as "
            f"{count(round(known(row, 'n_effective') or 0))} of equal weight would; a sample by "
            'prevalence (configurations = "prevalence") has more.'
        )
    kind = {
        "none": "It is not smoothed: configurations that no respondent holds weigh nothing.",
    }.get(
        shares.smoothing,
        f"There are more configurations than respondents, so that it is smoothed: {shares.smoothing}, "
        f"with a prior worth {count(round(shares.alpha))} respondents. What is not observed follows "
        "the assumption.",
    )
    return (
        "Prevalence is an estimate.",
        f"From {number_of(shares.n, 'respondent')} ({safe(shares.label, 80)}). {kind}{few}",
    )


def _items(found: Findings) -> Item:
    if "mfq2" not in found.bound.file.batteries.names:
        return ("", "")
    questionnaire = found.bound.questionnaire
    if not questionnaire.paraphrased:
        return ("Items of the MFQ-2.", f"Wording from a file of one's own: {questionnaire.label}.")
    return (
        "Paraphrased items.",
        "The wording of the MFQ-2 belongs to its authors. These are paraphrases of this project with "
        "the same key, marked so in the tables (paraphrased): scores do not compare with published "
        "norms. A file with the official items takes their place ([batteries] mfq2).",
    )


def _groups(found: Findings) -> Item:
    if not found.bound.biographies:
        return (
            "No groups.",
            "Configurations have no sex, age, education or country. Groups can only be compared where "
            'personas are told a biography (forms = ["biography"] or ["both"]).',
        )
    return (
        "Groups are those of biographies.",
        "A persona belongs to a group by the demographics in its biography, which follow from how it "
        "was written and not from its variables. Where demographics are independent of values, all "
        "groups of personas are alike, and alignment by group tells the groups of humans apart.",
    )


def _mass(found: Findings) -> Item:
    masses = [
        m for r in found.model.rows("requests") if (m := known(r, "allowed_mass")) is not None
    ]
    if not masses:
        return ("", "")
    return (
        "Mass on the options.",
        "Distributions are normalised over the options. Mean probability of an answer that is an "
        f"option, by form and battery: {percent(min(masses))} to {percent(max(masses))}. Where it is "
        "low, the model would rather have said something else.",
    )


def _coverage(found: Findings) -> Item:
    rows = found.model.rows("requests")
    asked = sum(int(r.get("asked") or 0) for r in rows)
    coded = sum(int(r.get("coded") or 0) for r in rows)
    if not asked or coded == asked:
        return ("", "")
    return (
        "Answers that are missing.",
        f"{percent(coded / asked)} of the requests are coded. Questions that are refused need not be "
        "like the others, and personas that refuse need not be like the others; nothing is imputed.",
    )


def methods(found: Findings) -> Section:
    """Measures, intervals, sources, and the model's parameters."""
    analysis = found.bound.file.analysis
    items = [
        (
            "Map.",
            "Ten indicators as expected codes of a persona's answers, standardised and rotated as the "
            f"{found.humans}' are. Movement and η²: main effects of a weighted least squares fit of "
            "all ten variables' levels.",
        ),
        (
            "Alignment.",
            "Of a group and question: 1 − Wasserstein's distance of the two mixtures of answers, the "
            "scale from 0 to 1; averaged over questions. Overall: weighted by the number of "
            "respondents of each group, Σ (n_g / N) · A_g.",
        ),
        (
            "Moral foundations.",
            "Answered: mean of the six items of a foundation, expected answers from 1 to 5, none "
            "reversed. Inferred: mean over a configuration's ten levels of their scores. η² by main "
            "effects: exact on the whole grid, type II in a sample.",
        ),
        (
            "Collapse.",
            "Where a persona was asked to stand: the mean position of its levels, taken to the map by "
            "a fit on congruous personas. Congruence: how little the positions of its levels differ, "
            "1 − the mean of their relative variances on the two axes.",
        ),
        (
            "Intervals.",
            f"{found.level} percentile intervals from {count(analysis.draws)} bootstrap draws of "
            "personas, and of respondents for alignment; Wilson's for shares of biographies.",
        ),
        (
            "Sources.",
            "Greco, La Cava and Tagarelli 2026, Culturally Grounded Personas in Large Language Models "
            "(from a summary); the ten variables are Lakerveld's (2026); MFQ-2: Atari and others "
            "2023; the map: Inglehart and Welzel.",
        ),
        ("Parameters of the model.", identity_text(found.manifest)),
    ]
    return Section("methods", "Methods", [Bullets(items)])


def reproduce(found: Findings) -> Section:
    """The commands that lead here again."""
    fixed_by = (
        "The folder holds all that this page shows: study.toml (the resolved study), every reply "
        "verbatim (answers.sqlite), one row a request (answers.parquet), the tables in full precision "
        "and the figures. Configurations, biographies, questions, wordings and seed are fixed by the "
        "study file"
    )
    return reproduce_section(found.manifest, found.folder, fixed_by, "--where form=none")
