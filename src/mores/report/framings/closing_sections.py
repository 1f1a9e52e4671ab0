"""Doubts, methods, and how to come to the same page again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mores.report.blocks import Bullets, Section
from mores.report.framings.context import by_country, known
from mores.report.framings.labels import ALL, framing_style, safe
from mores.report.numbers import count, number_of, percent
from mores.report.reproduction import identity_text, reproduce_section

if TYPE_CHECKING:
    from mores.report.framings.context import Findings

__all__ = ["doubts", "methods", "reproduce"]

Item = tuple[str, str]


def doubts(found: Findings) -> Section:
    """The limits of what was found, as far as the data tell."""
    items: list[Item] = [
        _simulated(found),
        _synthetic(found),
        (
            "Descriptive, not a norm.",
            "Positive alignment means that answers moved towards those of a survey. It does not mean "
            "that they are right, nor that the survey's answers are an ideal; nor should a forecast "
            "of a country be used of a person.",
        ),
        _points(found),
        _translations(found),
        _reconstructed(found),
        _three_way(found),
        _coverage(found),
        _mass(found),
        (
            "Several comparisons.",
            "The page shows some hundred intervals. Of those, some leave zero out by chance; bold "
            "marks that, unadjusted. p values are adjusted within the table tests. Slices and "
            "framings share the baseline, so that their alignments are not independent.",
        ),
        (
            "What the intervals cover.",
            "Intervals over questions speak of other questions of this kind, those over humans of "
            "other samples of the same people. Neither covers other wordings, other translations, "
            "another version of the model, or its answer on another day.",
        ),
        _language_humans(found),
    ]
    return Section("doubts", "Doubts", [Bullets([item for item in items if item[1]])])


def _simulated(found: Findings) -> Item:
    text = (
        "The respondent is a model of answering that is steered by set amounts under each framing. "
        "It shows that the study runs and what its estimators recover; it says nothing about any "
        "language model. It does not read prompts: language and wording make no difference to it "
        "beyond its parameters."
    )
    return ("Simulated.", text if found.simulated else "")


def _synthetic(found: Findings) -> Item:
    text = (
        "The humans were drawn from a model. Gaps, alignment and deviations say how the study "
        "behaves, and nothing about people of these countries."
    )
    return ("Synthetic humans.", text if found.synthetic else "")


def _points(found: Findings) -> Item:
    text = (
        "An answer in words is one option, and the distribution behind it is lost: a model that "
        "always gives the humans' most frequent answer keeps a gap, and its lack of diversity does "
        "not show. Compare gaps with that of the best single answer, below which no point can come."
    )
    if len(found.model.forms) > 1:
        text += " The form of distributions is beside, in the main table and the files."
    return ("Points for distributions.", text)


def _translations(found: Findings) -> Item:
    spoken = {str(r["language"]) for r in found.model.rows("by_slice") if r.get("language")}
    if spoken <= {"en"}:
        return ("", "")
    own = [safe(getattr(o, "name", o)) for o in getattr(found.bound, "overlays", ()) or ()]
    laid = (
        f" Wordings of one's own lie on top here ({', '.join(own)}); every request records which "
        "wording it used."
        if own
        else " The official wording of the field can be laid on top of them (mores instruments "
        "overlay)."
    )
    return (
        "Translations.",
        "Questions in other languages than English are this project's own translations, made and "
        "checked by back-translation by a language model; no human has checked them, and the survey's "
        "interviewers used other words. A difference between languages may be one of translation."
        + laid,
    )


def _reconstructed(found: Findings) -> Item:
    status = {r["unit"]: r.get("status") for r in found.model.rows("by_unit")}
    made = sorted(unit for unit, s in status.items() if s == "reconstructed")
    if not made:
        return ("", "")
    listed = ", ".join(safe(unit, 30) for unit in made)
    return (
        "Reconstructed units.",
        f"The paper names {count(len(status) - len(made))} of these {count(len(status))} units; "
        f"{count(len(made))} are completed so that its categories have their sizes: {listed}. "
        "Results need not match the paper's to the last digit.",
    )


def _three_way(found: Findings) -> Item:
    if not any(r["unit"] == "Q173" for r in found.model.rows("by_unit")):
        return ("", "")
    return (
        "Q173.",
        "Its answers (a religious person, not a religious person, an atheist) are read as a scale "
        "from religious to atheist. The paper does not say how it reads them.",
    )


def _coverage(found: Findings) -> Item:
    rows = found.model.overall
    said = "; ".join(
        f"{framing_style(f).title.lower()} {percent(share)}"
        for f, r in rows.items()
        if (share := known(r, "coverage")) is not None and share < 1
    )
    if not said:
        return ("", "")
    return (
        "Answers that are missing.",
        f"Coverage: {said}. Questions that are refused need not be like the others, and framings are "
        "each measured on what they cover; nothing is imputed.",
    )


def _language_humans(found: Findings) -> Item:
    whose = (
        "the humans of all countries of its language's slices"
        if by_country(found)
        else "all who were interviewed in the language, in any country"
    )
    text = (
        f"It names no country: its answers are compared with {whose}, the others' with those of one "
        "country. Its gaps are not quite the others' gaps."
    )
    return ("Whom the language framing is compared with.", text)


def _mass(found: Findings) -> Item:
    """How much probability lay on answers that are an option, and how much may hide."""
    rows = [r for r in found.model.rows("refusals") if r["language"] == ALL]
    said = "; ".join(
        f"{framing_style(r['framing']).title.lower()} {percent(mass)}"
        for r in rows
        if (mass := known(r, "allowed_mass")) is not None
    )
    if not said:
        return ("", "")
    text = (
        "Distributions are normalised over the options. Mean probability of an answer that is an "
        f"option: {said}. Where it is low, the model would rather have said something else."
    )
    most = max(known(r, "unseen") or 0.0 for r in rows)
    if most > 0:
        text += (
            " Of some options nothing was told, and they count as never chosen: distributions and their "
            f"gaps may be off by what is unseen, on average {percent(most)} at most under a framing, "
            "and an option unseen may be the most probable."
        )
    return ("Mass on the options.", text)


def methods(found: Findings) -> Section:
    """Measures, aggregation, intervals, tests, and the model's parameters."""
    analysis = found.bound.file.analysis
    items = [
        (
            "Measures.",
            "Ordered options: expected |option − answer| ÷ (options − 1) over the distribution of the "
            "humans. Options without an order: 1 − the share that gave the answer. Baseline gap, "
            "response gap and shift are such distances of baseline and humans, answer and humans, "
            "answer and baseline; directional alignment is baseline gap − response gap.",
        ),
        (
            "Aggregation.",
            "The members of a battery are averaged to a unit; rows of a unit and a slice weigh the "
            "same. Humans by survey weight, over substantive answers.",
        ),
        (
            "Semantic axes.",
            "Each mapped question has a score from 0 to 1 for each option, 1 at the positive pole. "
            "The delta of a row is |human − baseline| − |human − response|; rows are averaged.",
        ),
        (
            "Intervals and tests.",
            f"{found.level} percentile intervals from {count(analysis.draws)} bootstrap draws of "
            "questions, of respondents within slices, or of both. Sign tests compare alignments of "
            "two framings; p values are adjusted by Benjamini and Hochberg's procedure.",
        ),
        (
            "Source.",
            "Wedgwood, Thaker, Kale and Smith 2026, Personalization, Personas, and Forecasting in "
            "Value Alignment: prompts after its tables 1 and 2, equations 1 to 9, axes of table 3.",
        ),
        ("Parameters of the model.", identity_text(found.manifest)),
    ]
    return Section("methods", "Methods", [Bullets(items)])


def reproduce(found: Findings) -> Section:
    """The commands that lead here again."""
    units = number_of(len({r["unit"] for r in found.model.rows("by_unit")}), "unit")
    fixed_by = (
        "The folder holds all that this page shows: study.toml (the resolved study), every reply "
        "verbatim (answers.sqlite), one row a request (answers.parquet), the tables in full precision "
        f"and the figures. The {units}, slices, wordings and seed are fixed by the study file"
    )
    return reproduce_section(found.manifest, found.folder, fixed_by, "--where status=refused")
