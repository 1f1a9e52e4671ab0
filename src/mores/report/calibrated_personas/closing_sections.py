"""Doubts, methods, and how to come to the same page again."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from mores.report.blocks import Bullets, Section
from mores.report.calibrated_personas.context import known, mean_of
from mores.report.calibrated_personas.labels import arm_style, country_title, guidance_title
from mores.report.calibrated_personas.variance_figures import calibrated_rows
from mores.report.numbers import count, fixed, number_of, percent
from mores.report.reproduction import identity_text, reproduce_section

if TYPE_CHECKING:
    from mores.report.calibrated_personas.context import Findings

__all__ = ["doubts", "methods", "reproduce"]

_ENOUGH_MASS = 0.9


def doubts(found: Findings) -> Section:
    """The limits of what was found, as far as the data tell."""
    items = [
        _simulated(found),
        _synthetic(found),
        _mass(found),
        _unseen(found),
        _left_out(found),
        _missing(found),
        _regressions(found),
        _bounds(found),
        _stopped(found),
        (
            "What the intervals cover.",
            "Those over personas come from drawing personas anew: they speak of other personas from "
            "the same respondents, put to the same model with the same questions. Those over questions "
            "speak of other questions of this kind. Neither covers other wordings or another version "
            "of the model. The observed means are survey estimates themselves.",
        ),
        (
            "Populations, not persons.",
            "A small error of a country's mean does not show that any one respondent's answer was "
            "predicted, and a mean can be right by errors that cancel out.",
        ),
        (
            "Personas know a lot.",
            "A value persona is told ten answers of a respondent. Whether the model adds anything to "
            "them is seen beside the regression and the forest from the same ten answers, not beside "
            "asking for the country's name. Part of what it knows of these surveys it may have read.",
        ),
    ]
    return Section("doubts", "Doubts", [Bullets([item for item in items if item[1]])])


def _simulated(found: Findings) -> tuple[str, str]:
    text = (
        "The respondent is a model of answering with set parameters. It shows that the study runs "
        "and what its estimators recover; it says nothing about any language model. It knows what a "
        "persona was told and does not read it: wordings of the guidance and of the descriptors, and "
        "labels, make no difference to it."
    )
    return ("Simulated.", text if found.simulated else "")


def _synthetic(found: Findings) -> tuple[str, str]:
    text = (
        "The humans were drawn from a model. Errors, baselines and positions say how the study "
        "behaves, and nothing about people of these countries."
    )
    return ("Synthetic humans.", text if found.synthetic else "")


def _mass(found: Findings) -> tuple[str, str]:
    """How much probability lay on answers that are an option."""
    said = []
    for arm in found.model.arms:
        rows = [r for r in found.model.main("errors") if r["arm"] == arm]
        masses = [m for r in rows if (m := known(r, "allowed_mass")) is not None]
        if masses:
            low = sum(m < _ENOUGH_MASS for m in masses)
            said.append(
                f"{arm_style(arm).title} {percent(median(masses))}"
                + (f", below 90\u00a0% in {count(low)} of {count(len(masses))}" if low else "")
            )
    if not said:
        return ("", "")
    return (
        "Mass on the options.",
        "Distributions are normalised over the options. Median probability of an answer that is an "
        f"option, over questions and countries: {'; '.join(said)}. Where it is low, the model would "
        "rather have said something else; see the sensitivity under Robustness.",
    )


def _unseen(found: Findings) -> tuple[str, str]:
    rows = [r for r in found.model.main("errors") if (known(r, "unseen") or 0.0) > 0]
    if not rows:
        return ("", "")
    most = max(known(r, "unseen") or 0.0 for r in rows)
    widths = [
        high - low
        for r in rows
        if (low := known(r, "mean_low")) is not None and (high := known(r, "mean_high")) is not None
    ]
    wide = (
        f" Their predicted means can lie up to {fixed(max(widths), 2)} codes apart."
        if widths
        else ""
    )
    return (
        "Options that were not seen.",
        f"For {number_of(len(rows), 'prediction')} the model did not tell the probability of every "
        f"option; up to {percent(most)} may lie on those that it left out.{wide} Nothing was filled "
        "in: the table errors has the bounds.",
    )


def _left_out(found: Findings) -> tuple[str, str]:
    """Questions without a comparison in some countries."""
    rows = found.model.main("errors")
    pairs = {(r["country"], r["question"]) for r in rows if known(r, "observed_mean") is not None}
    countries = sorted({c for c, _ in pairs} | set(found.model.countries))
    questions = {q for _, q in pairs}
    missing = {c: sum((c, q) not in pairs for q in questions) for c in countries}
    if not any(missing.values()):
        return ("", "")
    said = "; ".join(f"{country_title(c)} {n}" for c, n in missing.items() if n)
    return (
        "Questions left out.",
        f"Of {number_of(len(questions), 'question')}, some are not compared where too few "
        f"{found.humans} of a country have an answer to them: {said}. Countries rest on slightly "
        "different questions.",
    )


def _missing(found: Findings) -> tuple[str, str]:
    said = []
    for arm in found.model.arms:
        rows = [r for r in found.model.main("errors") if r["arm"] == arm]
        coverage = mean_of([known(r, "coverage") for r in rows])
        if coverage is not None and coverage < 1:
            said.append(f"{arm_style(arm).title} {percent(coverage)}")
    if not said:
        return ("", "")
    return (
        "Personas without an answer.",
        f"Mean share of personas with a coded answer: {'; '.join(said)}. Those without need not be "
        "like the others; predictions rest on the others, and nothing is imputed.",
    )


def _regressions(found: Findings) -> tuple[str, str]:
    """On whom the regressions rest, and which were not made."""
    rows = found.model.rows("baselines")
    made = [r for r in rows if r.get("respondents") is not None and r.get("questions")]
    notes = list(dict.fromkeys(str(r["note"]) for r in rows if r.get("note")))
    said = []
    if made:
        one = [r for r in made if r["arm"] == made[0]["arm"]]
        drawn = sum(int(r["respondents"]) for r in one)
        without = sum(int(r["left_out"]) for r in one)
        least = count(min(int(r["learned_from"]) for r in one))
        said.append(
            f"They learn from respondents of other countries only, {least} and more. Of the "
            f"{count(drawn)} respondents drawn, {count(without)} lack one of the ten answers: they "
            "have a persona, and the regressions leave them out."
        )
    return ("The regressions.", " ".join([*said, *notes]))


def _bounds(found: Findings) -> tuple[str, str]:
    """Temperatures that lie where the search ended."""
    rows = [r for arm in found.model.arms for r in calibrated_rows(found.model, arm)]
    bound = sum(bool(r.get("at_bound")) for r in rows)
    if not bound:
        return ("", "")
    return (
        "Temperatures at their bound.",
        f"{count(bound)} of {number_of(len(rows), 'temperature')} lie at an end of the range that was "
        "searched: the distributions wanted to be flatter, or sharper, than they could be made.",
    )


def _stopped(found: Findings) -> tuple[str, str]:
    told = found.manifest.get("precision") or {}
    if not told or told.get("personas") == told.get("of"):
        return ("", "")
    return (
        "Stopped by precision.",
        "Asking ended when the intervals were narrow enough. Intervals of a sample that was stopped so "
        "cover somewhat less than they say: they tell how precise an estimate is, and are not to be "
        "read as a test of whether arms differ.",
    )


def methods(found: Findings) -> Section:
    """What is predicted, how errors are made, what is adjusted, and the model's parameters."""
    reference = {g for g, _ in found.model.reference.values() if g}
    worded = ", ".join(sorted(map(guidance_title, reference))) or "each arm's own"
    items = [
        (
            "Prediction.",
            "Each persona, or prompt, has a distribution over the options of a question. A country is "
            "predicted by their mean over the personas drawn from it, which weigh the same because "
            "they were drawn by survey weight. The predicted mean is that of the codes.",
        ),
        (
            "Measures.",
            "Error: |predicted mean − observed mean| ÷ range of the scale, averaged over questions, "
            "then over countries. Wasserstein: distance of the two distributions on the scale, as a "
            "share of its range. Normalised variance: variance ÷ (half the range)².",
        ),
        ("Wording.", f"Guidance variant of the main figures: {worded}."),
        (
            "Calibration.",
            "q ∝ p^(1/T) · exp(β r), with β such that the mean of each persona's distribution is kept. "
            "T is chosen for each question on all the others.",
        ),
        (
            "Intervals and tests.",
            f"{found.level} percentile intervals from {count(found.bound.file.analysis.draws)} "
            "bootstrap draws, of personas or of questions as stated. Tests of arms over all countries "
            "compare questions, each the mean over countries; tests in a country compare its questions. "
            "p values are adjusted by Benjamini and Hochberg's procedure "
            "within the table tests.",
        ),
        ("Parameters of the model.", identity_text(found.manifest)),
    ]
    return Section("methods", "Methods", [Bullets(items)])


def reproduce(found: Findings) -> Section:
    """The commands that lead here again."""
    fixed_by = (
        "The folder holds all that this page shows: study.toml (the resolved study), every reply "
        "verbatim (answers.sqlite), one row a request (answers.parquet), the tables in full precision "
        "and the figures. Personas, seed and prompts are fixed by the study file and the data of the "
        "humans"
    )
    return reproduce_section(found.manifest, found.folder, fixed_by, "--where status=uncoded")
