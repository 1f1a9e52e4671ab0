"""Tables of a calibrated-personas run, from a small story of how a model answers for humans.

Each country's humans have a mean on each question; a model has a prior that is the same everywhere,
and moves towards the humans by an arm's strength. Distributions are discretised normals, from which
the measures are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from mores.measures.culture_map import INDICATORS
from mores.report.blocks import Chart, FigureBlock
from mores.report.calibrated_personas.report import charts, open_findings, page
from mores.report.page import rendered
from mores.report.style import drawing, on_page, svg_of

COUNTRIES = ("MDA", "TWN", "JPN", "ISL", "SWE", "PRI", "COL", "GHA", "JOR", "GBR")
QUESTIONS = (
    *(f"Q{n}" for n in (1, 2, 3, 4, 5, 6, 28, 47, 48, 49, 64, 66, 69, 70, 71, 73, 74, 77, 106)),
    *(f"Q{n}" for n in (107, 108, 109, 171, 173, 180, 181, 185, 187, 199, 210, 211, 235, 236, 237)),
    "Q238",
)
STRENGTH = {
    "default": 0.0,
    "generic": 0.05,
    "country": 0.45,
    "sociodemographic": 0.15,
    "sociodemographic+nationality": 0.5,
    "few-shot": 0.35,
    "few-shot+nationality": 0.55,
    "value": 0.7,
    "value+nationality": 0.75,
}
MAIN = ("generic", "country", "sociodemographic+nationality", "value+nationality")
GUIDANCE = (
    "social_science", "population_prior", "survey_context", "first_person", "predict",
    "practical_judgment", "minimal", "decisive", "identity_anchor", "demographic_realism",
    "lived_experience", "cultural_norms", "affective_gut", "contrastive",
)  # fmt: skip
DESCRIPTORS = ("composable", "modular", "no-hedge")
BASELINES = {
    "uniform": 0.0,
    "world-average": 0.0,
    "split-half": 0.97,
    "ordinal-regression": 0.7,
    "random-forest": 0.74,
}


@dataclass(frozen=True)
class Story:
    """What was asked, of a model with a seed.

    Attributes
    ----------
    label : str
    arms, countries, questions, guidance, descriptors : tuple of str
        Guidance varies for the country arm, descriptors for the last arm of values.
    """

    label: str = "sim"
    seed: int = 0
    arms: tuple[str, ...] = tuple(STRENGTH)
    countries: tuple[str, ...] = COUNTRIES
    questions: tuple[str, ...] = QUESTIONS
    guidance: tuple[str, ...] = GUIDANCE
    descriptors: tuple[str, ...] = DESCRIPTORS
    skill: float = 1.0
    without: tuple[str, ...] = ()
    baselines: tuple[str, ...] = tuple(BASELINES)

    @property
    def conditions(self) -> list[tuple[str, str, str, float]]:
        """Arm, guidance, descriptors and strength."""
        found = []
        for arm in self.arms:
            own = "" if arm in ("default", "generic") else self.guidance[0]
            words = self.descriptors[0] if arm.startswith("value") else ""
            found.append((arm, own, words, STRENGTH.get(arm, 0.4) * self.skill))
            if arm == "country":
                for k, variant in enumerate(self.guidance[1:]):
                    found.append((arm, variant, words, max(0.0, 0.45 - 0.025 * k) * self.skill))
        valued = [c for c in found if c[0].startswith("value")]
        for k, words in enumerate(self.descriptors[1:]):
            for arm, own, _, strength in valued[-1:]:
                found.append((arm, own, words, strength - (0.02 if k == 0 else 0.3)))
        return found


def _shares(mean: np.ndarray, spread: np.ndarray | float, options: np.ndarray) -> np.ndarray:
    """Discretised normals (…, Q, 10); zero beyond a question's last option."""
    place = np.arange(10) / (options[:, None] - 1)
    raw = np.exp(-((place - mean[..., None]) ** 2) / (2 * np.asarray(spread)[..., None] ** 2))
    raw = np.where(place <= 1 + 1e-9, raw + 1e-4, 0.0)
    return raw / raw.sum(axis=-1, keepdims=True)


class World:
    """Humans, and what each condition predicts of them."""

    def __init__(self, story: Story) -> None:
        self.story, made = story, np.random.default_rng(1)
        n, q = len(COUNTRIES), len(QUESTIONS)
        self.options = made.choice([4, 4, 4, 10, 3, 5, 8], q)
        means = np.clip(made.uniform(0.25, 0.75, q) + 0.17 * made.normal(size=(n, q)), 0.03, 0.97)
        spread = made.uniform(0.22, 0.4, (n, q))
        keep = np.ix_(
            [COUNTRIES.index(c) for c in story.countries],
            [QUESTIONS.index(x) for x in story.questions],
        )
        self.options = self.options[keep[1][0]]
        self.means, self.spread = means[keep], spread[keep]
        self.human = _shares(self.means, self.spread, self.options)
        own = np.random.default_rng([story.seed, 2])
        self.prior = np.clip(means.mean(axis=0)[keep[1][0]] + 0.1 * own.normal(size=q)[keep[1][0]],
                             0.05, 0.95)  # fmt: skip
        self.draw = own

    def place(self) -> np.ndarray:
        return np.arange(10) / (self.options[:, None] - 1)

    def moments(self, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = (shares * self.place()).sum(axis=-1)
        variance = (shares * (self.place() - mean[..., None]) ** 2).sum(axis=-1) * 4
        return mean, variance

    def distance(self, shares: np.ndarray) -> np.ndarray:
        apart = np.abs(np.cumsum(shares - self.human, axis=-1))[..., :-1]
        steps = np.arange(9) < self.options[:, None] - 1
        return (apart * steps).sum(axis=-1) / (self.options - 1)

    def predicted(self, strength: float, width: float) -> np.ndarray:
        noise = 0.035 * self.draw.normal(size=self.means.shape)
        mean = strength * self.means + (1 - strength) * self.prior + noise
        return _shares(np.clip(mean, 0.02, 0.98), np.full(self.means.shape, width), self.options)


def tables(story: Story) -> dict[str, pl.DataFrame]:
    """Every table of the run, less those of `story.without`."""
    world = World(story)
    errors, means, cells = _errors(world)
    found = {
        "errors": errors,
        "errors_by_country": means,
        "tests": _tests(world, cells),
        "calibration": _calibration(world),
        "calibrated_cells": _calibrated_cells(world),
        "temperatures": _temperatures(world, means),
        "sample_size": _sample_size(world, means),
        "shapley": _shapley(world),
        "positions": _positions(world),
        "persona_positions": _persona_positions(world),
        "position_effect": _position_effect(world),
        "text_agreement": _text_agreement(world),
        "mass_sensitivity": _mass(world, means),
        "requests": _requests(world),
    }
    return {
        name: table.clear() if name in story.without else table for name, table in found.items()
    }


def _errors(world: World) -> tuple[pl.DataFrame, pl.DataFrame, dict[Any, np.ndarray]]:
    story, rows, means, cells = world.story, [], [], {}
    human, variance_human = world.moments(world.human)
    codes = world.options - 1
    entries = [(*c, "prompts", story.label) for c in story.conditions]
    entries += [(name, "", "", BASELINES[name], "baseline", "baseline") for name in story.baselines]
    for arm, guidance, words, strength, kind, model in entries:
        width = 0.16 if kind != "baseline" else 0.3
        shares = world.predicted(strength, width)
        if arm == "uniform":
            shares = _shares(world.means * 0 + 0.5, world.means * 0 + 50.0, world.options)
        mean, variance = world.moments(shares)
        error, apart = np.abs(mean - human), world.distance(shares)
        cells[arm, guidance, words] = error
        asked = kind != "baseline"
        people = asked and arm not in ("default", "generic", "country")
        mass = np.clip(1 - 0.02 * world.draw.exponential(size=error.shape), 0, 1)
        for i, country in enumerate(story.countries):
            for j, question in enumerate(story.questions):
                used = (i + 3 * j) % 41 != 5  # some are left out for coverage
                rows.append(
                    {
                        "model": model, "arm": arm, "guidance": guidance, "country": country,
                        "question": question, "predicted_mean": 1 + codes[j] * mean[i, j],
                        "observed_mean": 1 + codes[j] * human[i, j] if used else None,
                        "absolute_error": error[i, j] if used else None,
                        "variance_mixture": variance[i, j],
                        "variance_within": 0.7 * variance[i, j] if asked else None,
                        "variance_human": variance_human[i, j] if used else None,
                        "wasserstein": apart[i, j] if used else None,
                        "coverage": 0.995 if asked else None,
                        "allowed_mass": mass[i, j] if asked else None, "descriptors": words,
                        "kind": "baseline" if not asked else arm.partition("+")[0],
                        "personas": 200 if people else None,
                        "error_low": error[i, j] - 0.01 if people and used else None,
                        "error_high": error[i, j] + 0.01 if people and used else None,
                        "unseen": 0.002 if asked and j == 0 else 0.0,
                        "mean_low": mean[i, j] - 0.001, "mean_high": mean[i, j] + 0.001,
                        "n_human": 1000, "human_coverage": 0.97,
                    }
                )  # fmt: skip
        numbers = {"mae": error, "wasserstein": apart, "variance_mixture": variance,
                   "variance_human": variance_human}  # fmt: skip
        for i, country in [*enumerate(story.countries), (None, "all")]:
            own = {k: float(v.mean() if i is None else v[i].mean()) for k, v in numbers.items()}
            row = {"model": model, "arm": arm, "guidance": guidance, "country": country,
                   "questions": len(story.questions), "mae": own["mae"]}  # fmt: skip
            for name in ("mae", "wasserstein"):
                row[name] = own[name]
                row[f"{name}_low"] = own[name] - 0.003 if people else None
                row[f"{name}_high"] = own[name] + 0.004 if people else None
                row[f"{name}_questions_low"] = own[name] - 0.012
                row[f"{name}_questions_high"] = own[name] + 0.014
            means.append(
                row
                | {
                    "variance_mixture": own["variance_mixture"],
                    "variance_within": 0.7 * own["variance_mixture"] if asked else None,
                    "variance_human": own["variance_human"],
                    "coverage": 0.995 if asked else None,
                    "allowed_mass": float(mass.mean()) if asked else None,
                    "descriptors": words,
                    "kind": "baseline" if not asked else arm.partition("+")[0],
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None), _frame(means), cells


def _frame(rows: list[dict[str, Any]], **schema: Any) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=schema)


_TESTS = {
    **dict.fromkeys(
        ("model", "test", "measure", "arm_a", "guidance_a", "descriptors_a", "arm_b", "guidance_b",
         "descriptors_b", "country"), pl.String,
    ),
    "n": pl.Int64,
    **dict.fromkeys(("difference", "effect", "p", "p_adjusted"), pl.Float64),
    "unit": pl.String,
}  # fmt: skip


def _tests(world: World, cells: dict[Any, np.ndarray]) -> pl.DataFrame:
    from mores.measures.comparison import benjamini_hochberg, mann_whitney, paired_wilcoxon

    story, rows = world.story, []
    first: dict[str, Any] = {}
    for key in cells:
        first.setdefault(key[0], key)

    def row(test: str, a: Any, b: Any, country: str, x: Any, y: Any, unit: str) -> None:
        made = (mann_whitney if test == "mann-whitney" else paired_wilcoxon)(x, y)
        names = {f"{n}_{s}": k[i] for s, k in (("a", a), ("b", b))
                 for i, n in enumerate(("arm", "guidance", "descriptors"))}  # fmt: skip
        rows.append(
            {"model": story.label, "test": test, "measure": "absolute_error", **names,
             "country": country, "n": made.n, "difference": float(np.mean(x) - np.mean(y)),
             "effect": made.effect, "p": made.p, "unit": unit}
        )  # fmt: skip

    for a, b in combinations(first.values(), 2):
        row("wilcoxon", a, b, "all", cells[a].ravel(), cells[b].ravel(), "cell")
        row("wilcoxon", a, b, "all", cells[a].mean(axis=0), cells[b].mean(axis=0), "question")
        for i, country in enumerate(story.countries):
            row("wilcoxon", a, b, country, cells[a][i], cells[b][i], "cell")
    for a, b in combinations(cells, 2):
        if a[0] == b[0] and (a[1] == b[1]) != (a[2] == b[2]):
            row("wilcoxon", a, b, "all", cells[a].mean(axis=0), cells[b].mean(axis=0), "question")
            row("mann-whitney", a, b, "all", cells[a].ravel(), cells[b].ravel(), "cell")
    p = [r["p"] for r in rows]
    adjusted = benjamini_hochberg(p) if p else []
    rows = [r | {"p_adjusted": float(q)} for r, q in zip(rows, adjusted, strict=True)]
    return pl.DataFrame(rows, schema=_TESTS)


def _firsts(story: Story) -> list[tuple[str, str, str, float]]:
    found: dict[str, Any] = {}
    for condition in story.conditions:
        found.setdefault(condition[0], condition)
    return list(found.values())


def _calibration(world: World) -> pl.DataFrame:
    story, rows = world.story, []
    _, human = world.moments(world.human)
    for arm, guidance, words, strength in _firsts(story):
        for method in ("tilting", "scaling"):
            before, after = world.predicted(strength, 0.16), world.predicted(strength, 0.28)
            for j, question in enumerate(story.questions):
                heat = float(2.6 + 0.5 * strength + 0.1 * world.draw.normal())
                rows.append(
                    {
                        "model": story.label, "arm": arm, "question": question, "temperature": heat,
                        "wasserstein_before": float(world.distance(before)[:, j].mean()),
                        "wasserstein_after": float(world.distance(after)[:, j].mean()),
                        "mean_shift": 1e-12 if method == "tilting" else 0.01, "guidance": guidance,
                        "descriptors": words, "country": "all", "objective": "wasserstein",
                        "method": method,
                        "variance_before": float(world.moments(before)[1][:, j].mean()),
                        "variance_after": float(world.moments(after)[1][:, j].mean()),
                        "variance_human": float(human[:, j].mean()), "personas": 2000,
                        "degenerate": 3 * (j == 2), "infeasible": 0, "at_bound": j == 4,
                    }
                )  # fmt: skip
    return _frame(rows)


def _calibrated_cells(world: World) -> pl.DataFrame:
    story, rows = world.story, []
    for arm, guidance, words, strength in _firsts(story):
        _, variance = world.moments(world.predicted(strength, 0.28))
        rows += [
            {"model": story.label, "arm": arm, "guidance": guidance, "descriptors": words,
             "country": country, "question": question,
             "variance_calibrated": float(variance[i, j] * (1 if method == "tilting" else 0.5)),
             "method": method, "objective": "wasserstein"}
            for method in ("tilting", "scaling")
            for i, country in enumerate(story.countries)
            for j, question in enumerate(story.questions)
        ]  # fmt: skip
    return _frame(rows)


def _temperatures(world: World, means: pl.DataFrame) -> pl.DataFrame:
    story, rows = world.story, []
    base = {
        r["arm"]: r for r in reversed(means.filter(pl.col("country") == "all").rows(named=True))
    }
    for arm, guidance, words, _ in _firsts(story):
        for method in ("scaling", "tilting"):
            for heat in np.geomspace(0.1, 10, 25).tolist():
                away = np.log(heat / (2.5 if method == "tilting" else 1.4)) ** 2
                mae = base[arm]["mae"] + (0.006 * np.log(heat) ** 2 if method == "scaling" else 0.0)
                apart = base[arm]["wasserstein"] * (0.7 + 0.06 * away)
                rows.append(
                    {
                        "model": story.label, "arm": arm, "guidance": guidance, "descriptors": words,
                        "method": method, "temperature": heat, "mae": mae, "mae_low": mae - 0.012,
                        "mae_high": mae + 0.013, "wasserstein": apart,
                        "wasserstein_low": apart - 0.01, "wasserstein_high": apart + 0.011,
                    }
                )  # fmt: skip
    return _frame(rows)


def _sample_size(world: World, means: pl.DataFrame) -> pl.DataFrame:
    base = {
        r["arm"]: r for r in reversed(means.filter(pl.col("country") == "all").rows(named=True))
    }
    rows = []
    for arm, guidance, words, _ in _firsts(world.story):
        people = arm not in ("default", "generic", "country")
        for n in (1, 2, 5, 10, 20, 50, 100, 200) if people else (1,):
            mae = float(np.hypot(base[arm]["mae"], 0.11 / np.sqrt(n)))
            rows.append(
                {
                    "model": world.story.label, "arm": arm, "guidance": guidance,
                    "descriptors": words, "personas": n, "mae": mae,
                    "mae_low": mae - 0.03 / np.sqrt(n), "mae_high": mae + 0.035 / np.sqrt(n),
                    "resamples": 200,
                }
            )  # fmt: skip
    return _frame(rows)


def _shapley(world: World) -> pl.DataFrame:
    story, rows = world.story, []
    arms = [c for c in _firsts(story) if c[0].startswith("value")]
    for arm, guidance, words, _ in arms[-1:]:
        base = -np.linspace(0.0005, 0.008, 10)
        values = base + 0.003 * world.draw.normal(size=(len(story.countries), 10))
        every = [*zip(story.countries, values, strict=True), ("all", values.mean(axis=0))]
        for country, own in every:
            for indicator, value in zip(INDICATORS, own, strict=True):
                rows.append(
                    {
                        "model": story.label, "arm": arm, "country": country,
                        "indicator": indicator, "value": float(value), "standard_error": 0.0008,
                        "value_none": 0.18, "value_all": 0.18 + float(own.sum()),
                        "evaluations": 66, "method": "sampled", "personas": 20,
                        "guidance": guidance, "descriptors": words,
                    }
                )  # fmt: skip
    return _frame(rows)


def _centres(story: Story) -> dict[str, tuple[float, float]]:
    made = np.random.default_rng(5).uniform(-2, 2, (len(COUNTRIES), 2))
    return {c: tuple(made[COUNTRIES.index(c)].tolist()) for c in story.countries}


def _positions(world: World) -> pl.DataFrame:
    story, rows = world.story, []
    centres = _centres(story)

    def row(
        model: str, arm: str, guidance: str, country: str, kind: str, x: float, y: float
    ) -> None:
        rows.append(
            {"model": model, "arm": arm, "guidance": guidance, "country": country, "kind": kind,
             "x": x, "y": y, "x_low": x - 0.08, "x_high": x + 0.08, "y_low": y - 0.07,
             "y_high": y + 0.07, "indicators": 10}
        )  # fmt: skip

    for country, (x, y) in centres.items():
        row("humans", "", "", country, "human", x, y)
    for arm, guidance, _, strength in _firsts(story):
        if arm.startswith(("value", "few-shot")):
            continue
        if arm in ("default", "generic"):
            row(story.label, arm, guidance, "all", "model", 1.1 + 0.3 * (arm == "default"), 0.6)
            continue
        for country, (x, y) in centres.items():
            row(story.label, arm, guidance, country, "model", 1.1 + strength * (x - 1.1),
                0.6 + strength * (y - 0.6))  # fmt: skip
    return _frame(rows)


def _persona_positions(world: World) -> pl.DataFrame:
    story, rows = world.story, []
    arms = [c for c in _firsts(story) if not c[0].startswith(("value", "few-shot"))]
    for country, (x, y) in _centres(story).items():
        for arm, guidance, _, strength in arms:
            n = 1 if arm in ("default", "generic", "country") else 40
            spread = 0.0 if n == 1 else 0.2
            for dx, dy in spread * world.draw.normal(size=(n, 2)):
                at = (1.1 + strength * (x - 1.1) + dx, 0.6 + strength * (y - 0.6) + dy)
                rows.append((story.label, arm, guidance, country, *at, 1 / n))
    names = ["model", "arm", "guidance", "country", "x", "y", "share"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _named(story: Story) -> list[dict[str, Any]]:
    return [
        {"model": story.label, "arm": a, "guidance": g, "descriptors": d}
        for a, g, d, _ in _firsts(story)
    ]


def _position_effect(world: World) -> pl.DataFrame:
    rows = [
        names
        | {"place": k, "options": 4, "mass": 0.28 - 0.02 * k, "expected": 0.25,
           "difference": 0.03 - 0.02 * k, "n": 7000, "difference_low": 0.01 - 0.02 * k,
           "difference_high": 0.05 - 0.02 * k}
        for names in _named(world.story)[:2]
        for k in range(4)
    ]  # fmt: skip
    return _frame(rows)


def _text_agreement(world: World) -> pl.DataFrame:
    rows = [
        names | {"n": 140, "agreement": 0.71, "agreement_low": 0.63, "agreement_high": 0.78,
                 "expected": 0.73, "asked": 142, "uncoded": 2}
        for names in _named(world.story)
    ]  # fmt: skip
    return _frame(rows)


def _mass(world: World, means: pl.DataFrame) -> pl.DataFrame:
    rows = [
        names | {"threshold": t, "kept": 1.01 - 0.1 * (t > 0.92) - 0.1 * (t > 0.96) - 0.01,
                 "mae": 0.12, "difference": 0.001 * (t > 0.92), "difference_low": -0.001,
                 "difference_high": 0.003, "cells": 350, "cells_kept": 349}
        for names in _named(world.story)
        for t in (0.9, 0.95, 0.99)
    ]  # fmt: skip
    return _frame(rows)


def _requests(world: World) -> pl.DataFrame:
    story, rows = world.story, []
    size = len(story.countries) * len(story.questions)
    for arm, guidance, words, _ in story.conditions:
        people = 200 if arm not in ("default", "generic", "country") else 1
        asked = int(size * people * (0.9 if people > 1 else 1))
        told = ["all", *(["A008", "A008+A165"] if arm == "value+nationality" else [])]
        rows += [
            {"model": story.label, "arm": arm, "guidance": guidance, "descriptors": words,
             "indicators": t, "for_comparison": 7, "designed": size * people,
             "asked": asked, "coded": asked - 10, "refused": 4, "uncoded": 5, "failed": 1}
            for t in told
        ]  # fmt: skip
    return _frame(rows)


def manifest(story: Story, *, simulated: bool, synthetic: bool, **more: Any) -> dict[str, Any]:
    """A manifest as a run leaves it."""
    counts = {"coded": 412_300, "refused": 90, "uncoded": 110, "failed": 12}
    return {
        "study": "calibrated-personas",
        "state": "complete",
        "seed": 7,
        "mores": "0.0",
        "began": "2026-11-21T12:00:00+00:00",
        "planned": sum(counts.values()),
        "counts": counts,
        "humans": {
            "name": "humans",
            "synthetic": synthetic,
            "respondents": 14_213,
            "countries": 10,
        },
        "synthetic": ["humans"] * synthetic + ["model"] * simulated,
        "fingerprint": {"study": "calibrated-personas", "seed": 7, "prompts": "abc"},
        "model": {
            "spec": "sim" if simulated else "hf:some/model",
            "label": story.label,
            "simulated": simulated,
            "identity": {"kind": "sim" if simulated else "hf", "steerability": 0.6},
            "capabilities": {"scoring": "exact", "sampling": ["temperature"]},
        },
    } | more


class Respondents:
    """As much of a population as a cloud needs: the synthetic one, read when it is needed."""

    @property
    def population(self) -> Any:
        from mores.populations.library import load_population

        return load_population(None)


def bound(title: str = "") -> Any:
    """As much of a bound study as a page needs."""
    analysis = SimpleNamespace(level=0.95, draws=2000)
    asking = SimpleNamespace(elicitation="probabilities", labels="auto")
    file = SimpleNamespace(title=title, analysis=analysis, asking=asking)
    summary = ["35 target questions in 10 countries."]
    return SimpleNamespace(file=file, summary=lambda: summary, humans=Respondents())


@dataclass(frozen=True)
class MadeRun:
    """A run, as comparing takes it."""

    folder: Path
    manifest: dict[str, Any]
    tables: dict[str, pl.DataFrame]


def found_of(story: Story, made: dict[str, pl.DataFrame] | None = None, **told: Any) -> Any:
    """Findings of a story; of a simulated model and synthetic humans unless told."""
    told = {"simulated": True, "synthetic": True} | told
    title = told.pop("title", "")
    made = tables(story) if made is None else made
    known = manifest(story, **told)
    return open_findings(Path("out/run"), bound(title), known, pl.DataFrame(), made)


def blocks_of(drawn: list[Chart]) -> list[FigureBlock]:
    """Figures as they stand on a page, without writing files."""
    return [on_page(chart, svg_of(chart.figure)) for chart in drawn]


def page_of(found: Any, drawn: list[Chart] | None = None) -> str:
    """The page as HTML."""
    return rendered(page(found, blocks_of(charts(found) if drawn is None else drawn)))


def outside(figure: Any) -> list[str]:
    """Texts that a figure cuts off."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    with drawing():
        canvas.draw()
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {t.label1 for t in ticks if not axes.axison or not low <= t.get_loc() <= high}
    wide, high = figure.bbox.width, figure.bbox.height
    cut = []
    for text in figure.findobj(Text):
        if text in hidden or not text.get_visible() or not text.get_text().strip():
            continue
        box = text.get_window_extent(canvas.get_renderer())
        if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > high + 1:
            cut.append(text.get_text())
    return cut


FIGURES = {
    "figure1a_cultural_map",
    "figure1b_personas_on_map",
    "figure2_error_by_arm",
    "figure3_error_by_personas",
    "figure4_diversity",
    "figure5_guidance",
    "figure6_descriptors",
    "figure7_shapley",
    "figure8_by_question",
    "figure9_temperature",
    "figure10_diversity_by_arm",
    "figure11_error_heat_map",
}


def sections_of(found):
    """What the page says, without the time that figures take."""
    return {section.id: section for section in page(found, []).sections}


def texts_of(found):
    said = [*page(found, []).findings]
    for section in sections_of(found).values():
        for block in section.blocks:
            said += getattr(block, "paragraphs", [])
            said += [f"{lead} {text}" for lead, text in getattr(block, "items", [])]
            said += [c.text for row in getattr(block, "rows", []) for c in row.cells]
            said.append(getattr(block, "note", ""))
    return "\n".join(said)
