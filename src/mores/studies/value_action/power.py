"""How often a value–action study of a given size finds a planted difference.

A simulated respondent has a true effect, which its parameters set. Many respondents of one kind, each
with other dilemmas of the same kind, answer the study; how often the difference from the baseline is
found is the study's power. It speaks of these parameters alone, and of no language model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.errors import InputError, StudyError
from mores.keys import seed_from
from mores.measures.proportions import share_interval
from mores.models.sim import SimulatedModel
from mores.records import Status
from mores.studies.value_action.alignment import AlignmentTables
from mores.studies.value_action.pairs import FEWEST_DILEMMAS
from mores.studies.value_action.protocol import ValueActionStudy
from mores.studies.value_action.scores import Scores

__all__ = ["ALPHA", "PowerPlan", "dilemma_order", "power_plan", "power_table", "simulated_answers"]

ALPHA = 0.05
"""An adjusted p below this counts as found."""

DRAWS = 500
MOST_REPEATS = 100
MOST_RUNS = 100_000
_MEASURES = ("ad", "ar")
_SIZE = ("dilemmas", "repeats")
_GROUP = ("category", "rendering")


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """Which sizes of a study are tried, and how often.

    Attributes
    ----------
    dilemmas : tuple of int
        Numbers of dilemmas, ascending, each at least `FEWEST_DILEMMAS`.
    repeats : tuple of int
        How often each question is asked, ascending.
    runs : int
        Simulated respondents.
    seed : int
        Seeds respondents, studies, and the orders in which dilemmas are taken.
    """

    dilemmas: tuple[int, ...]
    repeats: tuple[int, ...]
    runs: int
    seed: int


def power_plan(
    study: ValueActionStudy,
    dilemmas: Iterable[int] | None = None,
    repeats: Iterable[int] | None = None,
    runs: int = 40,
    seed: int | None = None,
) -> PowerPlan:
    """Check what is to be tried, and fill in what was left out.

    Parameters
    ----------
    study : ValueActionStudy
        Must have the baseline and at least one persona.
    dilemmas : iterable of int, optional
        A quarter, a half and all of those that the study asks if left out.
    repeats : iterable of int, optional
        1 … 100; the study's own number if left out.
    runs : int
        1 … 100,000.
    seed : int, optional
        The study's own if left out.

    Raises
    ------
    InputError
        If a number is too small, or larger than there are dilemmas, or nothing is to be compared.
    """
    if len({arm.persona.configuration is None for arm in study.arms}) < 2:
        raise StudyError(
            "there is nothing to compare: power is that of the difference between personas and the "
            "baseline; set personas.baseline = true, and name at least one persona"
        )
    asked = len(study.chosen)
    sizes = _sizes((asked // 4, asked // 2, asked) if dilemmas is None else dilemmas)
    if dilemmas is None:
        sizes = tuple(n for n in sizes if n >= FEWEST_DILEMMAS) or (asked,)
    times = _sizes((study.file.asking.repeats,) if repeats is None else repeats)
    _check("dilemmas", sizes, FEWEST_DILEMMAS, len(study.dilemmas), "there are that many to take")
    _check("repeats", times, 1, MOST_REPEATS, "no study asks more often")
    _check("runs", (runs,), 1, MOST_RUNS, "more would not change the digits shown")
    return PowerPlan(sizes, times, runs, study.file.seed if seed is None else seed)


def _sizes(given: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(given)))


def _check(name: str, numbers: tuple[int, ...], least: int, most: int, why: str) -> None:
    if not numbers:
        raise InputError(f"{name} is empty; give at least one number")
    if most < least:
        raise InputError(
            f"the study has {most} {name}, and a test takes at least {least}; add some to its file"
        )
    for number in (numbers[0], numbers[-1]):
        if not least <= number <= most:
            raise InputError(
                f"{name} = {number}; allowed: {least} … {most} ({why}); give a number between them"
            )


def power_table(
    study: ValueActionStudy,
    model: SimulatedModel,
    plan: PowerPlan,
    watch: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Simulate the study and count how often the planted difference is found.

    In every run another respondent with the model's parameters, whose dilemmas have an easiness of
    their own, answers under another seed of the study. The smaller designs are parts of the largest
    one: the first dilemmas of a seeded order, the first repeats. Each is tested as the table
    `alignment_by_category` is, with 500 draws and permutations at most.

    Parameters
    ----------
    study : ValueActionStudy
    model : SimulatedModel
        Its parameters are the truth; its seed counts among the seeds of the runs.
    plan : PowerPlan
    watch : callable, optional
        Called with the runs done and planned after every run.

    Returns
    -------
    polars.DataFrame
        One row for each number of dilemmas, of repeats, and each category of personas:
        ``dilemmas``, ``repeats``, ``category``, ``rendering``, ``runs``, and for alignment distance
        (``ad_``) and rate (``ar_``) ``power``, the share of runs, 0 … 1, whose adjusted p is below
        `ALPHA` in the planted direction; ``power_low`` and ``power_high``, its 95 % Wilson interval;
        ``opposite``, the share with such a p in the other direction; ``delta``, the mean estimated
        difference, positive for improvement; and ``width``, the mean width of its interval, both
        over the runs that have one (null if none has). A run without a p value counts as one that
        found nothing.

    Notes
    -----
    The planted direction is the sign of the mean difference over all runs at the largest size. Where
    nothing is planted that sign is chance, and `power` plus `opposite` is the share of false alarms.
    """
    found = []
    for run in range(plan.runs):
        found += [_estimates(*one) for one in _one_run(study, model, plan, run)]
        if watch is not None:
            watch(run + 1, plan.runs)
    return _counted(pl.concat(found), plan)


def _one_run(
    study: ValueActionStudy, model: SimulatedModel, plan: PowerPlan, run: int
) -> list[tuple[ValueActionStudy, pl.DataFrame, int, int]]:
    """Each size's part of a run: study, answers, dilemmas, repeats."""
    parameters = model.parameters
    seed = seed_from("power", "respondent", plan.seed, parameters.seed, run)
    another = SimulatedModel(replace(parameters, seed=seed), model.spec)
    order = dilemma_order(len(study.dilemmas), plan.seed, run)
    whole = _resized(study, plan, run, order)
    answers = simulated_answers(whole, another)
    most = plan.repeats[-1]
    parts = []
    for n in plan.dilemmas:
        part = replace(whole, chosen=np.sort(order[:n]))
        parts += [(part, answers.filter(pl.col("trial") % most < r), n, r) for r in plan.repeats]
    return parts


def dilemma_order(n: int, seed: int, run: int) -> NDArray[np.int64]:
    """The order of `n` dilemmas in which a run takes them; a larger number holds the smaller one."""
    generator = np.random.default_rng(seed_from("power", "order", seed, run))
    return generator.permutation(n).astype(np.int64)


def _resized(
    study: ValueActionStudy, plan: PowerPlan, run: int, order: NDArray[np.int64]
) -> ValueActionStudy:
    """The largest design of a run."""
    file = study.file
    cut = {
        "draws": min(file.analysis.draws, DRAWS),
        "permutations": min(file.analysis.permutations, DRAWS),
    }
    update = {
        "seed": seed_from("power", "study", plan.seed, run),
        "asking": file.asking.model_copy(update={"repeats": plan.repeats[-1]}),
        "analysis": file.analysis.model_copy(update=cut),
    }
    chosen = np.sort(order[: plan.dilemmas[-1]])
    return replace(study, file=file.model_copy(update=update), chosen=chosen)


def simulated_answers(study: ValueActionStudy, model: SimulatedModel) -> pl.DataFrame:
    """Ask every trial of a study in process, again where a reply cannot be coded; nothing is stored.

    Parameters
    ----------
    study : ValueActionStudy
    model : SimulatedModel

    Returns
    -------
    polars.DataFrame
        One row a trial in the order of the design: what it asked (``trial``, ``persona`` …),
        ``status``, and the outcome, whose ``option`` and ``score`` are null unless coded.
    """
    design = study.design(model)
    trials = np.concatenate(list(design.blocks(65_536)))
    statuses, options = [], []
    for trial in trials.tolist():
        for attempt in range(design.attempts):
            outcome = design.code(trial, attempt, model.reply(design.request(trial, attempt)))
            if outcome.status != Status.UNCODED:
                break
        statuses.append(str(outcome.status))
        options.append(-1 if outcome.option is None else outcome.option)
    chosen = np.array(options, np.int64)
    coded = {"status": statuses, "option": pl.Series(chosen, dtype=pl.Int16).replace(-1, None)}
    parts = [design.columns(trials), pl.DataFrame(coded), design.outcomes(trials, chosen)]
    return pl.concat(parts, how="horizontal")


def _estimates(
    study: ValueActionStudy, answers: pl.DataFrame, dilemmas: int, repeats: int
) -> pl.DataFrame:
    """What the table by category says of one design, the baseline left out."""
    table = AlignmentTables(study, Scores.of(study, answers), "sim").by_category()
    columns = [*_GROUP]
    for m in _MEASURES:
        columns += [f"{m}_delta", f"{m}_delta_low", f"{m}_delta_high", f"{m}_p_adjusted"]
    return table.filter(pl.col("n_personas") > 0).select(
        pl.lit(dilemmas).alias("dilemmas"), pl.lit(repeats).alias("repeats"), *columns
    )


def _counted(estimates: pl.DataFrame, plan: PowerPlan) -> pl.DataFrame:
    """From one row a run to one row a design and category."""
    largest = (pl.col("dilemmas") == plan.dilemmas[-1]) & (pl.col("repeats") == plan.repeats[-1])
    signs = (
        estimates.filter(largest)
        .group_by(_GROUP)
        .agg(pl.col(f"{m}_delta").mean().sign().alias(f"{m}_sign") for m in _MEASURES)
    )
    summaries = []
    for m in _MEASURES:
        found = (pl.col(f"{m}_p_adjusted") < ALPHA).fill_null(False)
        sign, delta = pl.col(f"{m}_sign"), pl.col(f"{m}_delta")
        for name, direction in (("found", sign), ("opposite", -sign)):
            along = ((delta.sign() == direction) & (sign != 0)).fill_null(False)
            summaries.append((found & along).sum().alias(f"{m}_{name}"))
        width = pl.col(f"{m}_delta_high") - pl.col(f"{m}_delta_low")
        summaries += [delta.mean(), width.mean().alias(f"{m}_width")]
    counts = (
        estimates.join(signs, on=_GROUP, how="left", maintain_order="left")
        .group_by(*_SIZE, *_GROUP, maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("runs"), *summaries)
    )
    columns: list[pl.Series] = []
    for m in _MEASURES:
        interval = share_interval(counts[f"{m}_found"].to_numpy(), counts["runs"].to_numpy())
        columns += [
            (counts[f"{m}_found"] / counts["runs"]).alias(f"{m}_power"),
            pl.Series(f"{m}_power_low", interval.low),
            pl.Series(f"{m}_power_high", interval.high),
            (counts[f"{m}_opposite"] / counts["runs"]).alias(f"{m}_opposite"),
            counts[f"{m}_delta"],
            counts[f"{m}_width"],
        ]
    return pl.DataFrame([*counts.select(*_SIZE, *_GROUP, "runs"), *columns])
