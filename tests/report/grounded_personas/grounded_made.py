"""Tables of a grounded-personas run, made from a small story, and a bound study to report on them.

The columns are those of the study's own tables; numbers are drawn, with intervals around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from mores.instruments.mfq2 import FOUNDATIONS
from mores.personas.variables import variables
from mores.report.blocks import Chart, FigureBlock
from mores.report.grounded_personas.report import charts, open_findings, page
from mores.report.page import rendered
from mores.report.style import on_page, svg_of
from mores.studies.registry import load

FORMS = ("configuration", "biography")
FIGURES = {
    "figure1_map",
    "figure2_movement",
    "figure3_alignment",
    "figure4_foundations",
    "figure5_importance",
    "figure6_collapse",
    "figure7_diversity",
    "figure8_contradictions",
    "figure9_demographics",
}
MAP = ("positions", "clouds", "persona_positions", "collapse", "collapse_by_congruence")
PROBE = ("alignment_by_group", "alignment_overall", "diversity")
MORAL = ("moral_foundations", "variable_importance")
STORIES = ("biography_checks", "demographics")
GROUPS = {
    "everyone": ("all",),
    "sex": ("female", "male"),
    "age_band": ("≤29", "30–49", "50+"),
}


@dataclass(frozen=True)
class Story:
    """What was asked, of a model with a seed.

    Attributes
    ----------
    n : int
        Configurations asked.
    intervals : bool
        Whether estimates have any.
    coded : float
        Share of requests.
    cultural : bool
        Whether foundations vary as the paper says.
    slope : float
        Of displacement on congruence.
    effective : float
        Number of personas, in the table of groups.
    without : tuple of str
        Tables that are not there.
    empty : tuple of str
        Tables that have no number.
    """

    label: str = "sim"
    seed: int = 0
    n: int = 40
    forms: tuple[str, ...] = FORMS
    intervals: bool = True
    coded: float = 1.0
    cultural: bool = True
    slope: float = 0.1
    effective: float = 30.0
    without: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def tables(story: Story) -> dict[str, pl.DataFrame]:
    """Every table of the run, less those of `story.without`."""
    draw = np.random.default_rng([story.seed, 5])
    made = {
        "requests": _requests(story),
        "persona_positions": _places(story, draw),
        "positions": _effects(story, draw),
        "clouds": _clouds(story),
        "collapse": _collapse(story),
        "collapse_by_congruence": _tenths(story, draw),
        "alignment_overall": _alignment(story, draw, over=True),
        "alignment_by_group": _alignment(story, draw, over=False),
        "diversity": _diversity(story, draw),
        "moral_foundations": _foundations(story, draw),
        "variable_importance": _importance(story),
        "biography_checks": _checks(story),
        "demographics": _people(story),
    }
    for name in story.empty:
        made[name] = made[name].with_columns(
            pl.lit(None, kind).alias(column)
            for column, kind in made[name].schema.items()
            if kind == pl.Float64
        )
    if "biography" not in story.forms:
        made = {name: table for name, table in made.items() if name not in STORIES}
    return {name: table for name, table in made.items() if name not in story.without}


def _keys(story: Story) -> list[dict[str, str]]:
    return [
        {"model": story.label, "form": form, "weighting": weighting}
        for form in story.forms
        for weighting in ("uniform", "prevalence")
    ]


def _ends(story: Story, value: float, wide: float, stem: str = "") -> dict[str, float | None]:
    head = f"{stem}_" if stem else ""
    if not story.intervals:
        return {f"{head}low": None, f"{head}high": None}
    return {f"{head}low": value - wide, f"{head}high": value + wide}


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    found = pl.DataFrame(rows, infer_schema_length=None)
    return found.with_columns(pl.col(pl.Null).cast(pl.Float64))


def _requests(story: Story) -> pl.DataFrame:
    rows = []
    for form in ("level", "none", *story.forms):
        for battery in ("levels",) if form == "level" else ("map", "probe", "mfq2"):
            asked = 192 if form == "level" else 36 * (1 if form == "none" else story.n)
            coded = round(asked * story.coded)
            rows.append(
                {
                    "model": story.label, "form": form, "battery": battery,
                    "elicitation": "probabilities", "asked": asked, "coded": coded,
                    "refused": asked - coded, "uncoded": 0, "failed": 0, "allowed_mass": 0.97,
                }
            )  # fmt: skip
    return _frame(rows)


def _places(story: Story, draw: np.random.Generator) -> pl.DataFrame:
    rows = [_place(story.label, "none", None, 1.0, 0.3)]
    asked = bound(story.forms, story.n).ascending
    for form in story.forms:
        for c, (x, y) in zip(asked.tolist(), draw.normal(0, 0.8, (len(asked), 2)), strict=True):
            rows.append(_place(story.label, form, c, float(x), float(y)))
    return _frame(rows)


def _place(model: str, form: str, configuration: int | None, x: float, y: float) -> dict[str, Any]:
    known = configuration is not None
    return {
        "model": model, "form": form, "configuration": configuration, "x": x, "y": y,
        "asked_x": 0.1 if known else None, "asked_y": 0.2 if known else None,
        "congruence": 0.6 if known else None, "indicators": 10,
    }  # fmt: skip


def _effects(story: Story, draw: np.random.Generator) -> pl.DataFrame:
    rows = []
    for key in _keys(story):
        for v, variable in enumerate(variables()):
            steps = np.linspace(-0.5, 0.5, len(variable.levels))
            shares = {"x": 0.02 * v, "y": 0.2 - 0.02 * v}
            for level, step in zip(variable.levels, steps.tolist(), strict=True):
                row: dict[str, Any] = key | {"variable": variable.id, "level": level.id, "n": 10}
                for axis, share in shares.items():
                    moved = step * share * 5
                    row |= {axis: moved, f"d{axis}": moved, f"eta2_{axis}": share}
                    row |= _ends(story, moved, 0.02, f"d{axis}")
                    row |= _ends(story, share, 0.01, f"eta2_{axis}")
                rows.append(row)
    return _frame(rows)


def _clouds(story: Story) -> pl.DataFrame:
    rows = []
    for key in _keys(story):
        apart = 0.3 * (key["form"] == "biography")
        row: dict[str, Any] = dict(key)
        for name, value in {
            "x": -0.3 + apart, "y": 0.2, "pc1": 0.7, "pc2": 0.3, "pc1_share": 0.7
        }.items():  # fmt: skip
            row |= {name: value} | _ends(story, value, 0.05, name)
        row |= {
            "angle": 60.0, "ellipse_major": 2.0, "ellipse_minor": 1.4, "own_pc1": 0.6,
            "own_pc2": 0.3, "own_indicators": 10, "n": story.n, "missing": 0,
            "n_effective": story.n / (1 if key["weighting"] == "uniform" else 8),
            "explained_x": 0.9, "explained_y": 0.95,
        }  # fmt: skip
        rows.append(row)
    return _frame(rows)


def _collapse(story: Story) -> pl.DataFrame:
    values = {
        "slope": story.slope, "rank": 0.2, "congruous": 0.1, "incongruous": 0.15, "towards": 0.2,
        "pointing": 0.6, "pull": 0.05,
    }  # fmt: skip
    counts = {"n": story.n, "n_incongruous": story.n // 2, "undirected": 1, "missing": 0}
    return _frame(
        [
            key | {"measure": name, "value": value} | _ends(story, value, 0.04) | counts
            for key in _keys(story)
            for name, value in values.items()
        ]
    )


def _tenths(story: Story, draw: np.random.Generator) -> pl.DataFrame:
    return _frame(
        [
            key
            | {"congruence_low": b / 10, "congruence_high": (b + 1) / 10}
            | {"distance": float(draw.uniform(0.1, 0.3)), "n": 4 + b}
            for key in _keys(story)
            for b in range(2, 10)
        ]
    )


def _alignment(story: Story, draw: np.random.Generator, *, over: bool) -> pl.DataFrame:
    rows = []
    for key in _keys(story):
        for attribute, levels in GROUPS.items():
            for level in levels[: 1 if over else None]:
                there = attribute == "everyone" or key["form"] != "configuration"
                value = float(draw.uniform(0.86, 0.9)) if there else None
                row: dict[str, Any] = key | {"attribute": attribute}
                row |= {"groups": len(levels) if there else 0, "covered": float(there)} if over else {
                    "level": level, "questions": 36 * there, "questions_missing": 36 * (not there),
                    "n_effective": story.effective, "coverage": story.coded if there else 0.0,
                }  # fmt: skip
                row |= {"n_humans": 1000, "n_personas": story.n * there, "alignment": value}
                row |= {"low": None, "high": None} if value is None else _ends(story, value, 0.01)
                row |= {
                    "bias": None, "uniform": 0.84 if there else None,
                    "everyone": 0.99 if there else None, "split_half": 0.995 if there else None,
                    "ceiling": 0.997 if there else None, "synthetic": True,
                }  # fmt: skip
                rows.append(row)
    return _frame(rows)


def _diversity(story: Story, draw: np.random.Generator) -> pl.DataFrame:
    rows = []
    for key in _keys(story):
        for kind in ("variance", "entropy"):
            for part, value in {"within": 0.4, "between": 0.05, "total": 0.45}.items():
                ratio = value + float(draw.uniform(0, 0.02))
                rows.append(
                    key
                    | {"attribute": "everyone", "level": "all", "kind": kind, "part": part}
                    | {"personas": ratio * 0.5, "humans": 0.5, "ratio": ratio}
                    | _ends(story, ratio, 0.01)
                    | {"questions": 36, "n_personas": story.n, "synthetic": True}
                )
    return _frame(rows)


def _deviation(story: Story, foundation: str) -> float:
    cultural = foundation in ("loyalty", "authority", "purity")
    return 0.4 if cultural == story.cultural else 0.05


def _foundations(story: Story, draw: np.random.Generator) -> pl.DataFrame:
    keys = [{"form": "none", "source": "answered", "weighting": "uniform"}]
    keys += [
        {"source": "answered", "form": k["form"], "weighting": k["weighting"]} for k in _keys(story)
    ]
    keys += [{"form": "grid", "source": "inferred", "weighting": "uniform"}]
    rows = []
    for key in keys:
        for foundation in FOUNDATIONS:
            mean, alone = float(draw.uniform(2.5, 4)), key["form"] == "none"
            bare = alone or key["form"] == "grid"
            spread = None if alone else _deviation(story, foundation)
            ends = {"mean_low": None, "mean_high": None}
            rows.append(
                {"model": story.label, **key, "foundation": foundation, "mean": mean}
                | (ends if bare else _ends(story, mean, 0.05, "mean"))
                | {"sd": spread, "variance": None if spread is None else spread**2}
                | {"alpha": None if bare else 0.9, "omega": None}
                | {"n": 1 if alone else story.n, "coverage": story.coded, "paraphrased": True}
            )
    return _frame(rows)


def _importance(story: Story) -> pl.DataFrame:
    rows = []
    for form in (*story.forms, "grid"):
        for f, foundation in enumerate(FOUNDATIONS):
            for v, variable in enumerate(variables()):
                share = 0.5 if v == f else 0.05
                ends = {"eta2_low": None, "eta2_high": None}
                if form != "grid":
                    ends = _ends(story, share, 0.04, "eta2")
                rows.append(
                    {
                        "model": story.label, "form": form, "foundation": foundation,
                        "source": "inferred" if form == "grid" else "answered",
                        "variable": variable.id, "eta2": share, **ends, "partial_eta2": share,
                        "omega2": share, "residual": 0.05, "shared": 0.0,
                        "variance": _deviation(story, foundation) ** 2, "n": story.n,
                        "grid": form == "grid",
                    }
                )  # fmt: skip
    return _frame(rows)


def _checks(story: Story) -> pl.DataFrame:
    names = [*(variable.id for variable in variables()), "all ten"]
    return _frame(
        [
            {
                "variable": name, "n": 40, "recovered": 35, "contradicted": 3, "unclear": 2,
                "rate": 3 / 40, "low": 0.03, "high": 0.2, "recovery": 35 / 40,
                "recovery_low": 0.7, "recovery_high": 0.95, "earlier_contradicted": 1,
            }
            for name in names
        ]
    )  # fmt: skip


def _people(story: Story) -> pl.DataFrame:
    rows = []
    for attribute, levels in (("sex", ("female", "male")), ("occupation", ("sales", "office"))):
        told = attribute == "sex"
        rows += [
            {
                "attribute": attribute, "level": level, "n_biographies": 20,
                "share_biographies": 0.5, "low": 0.4, "high": 0.6,
                "n_humans": 500 if told else None, "share_humans": 0.52 if told else None,
                "difference": -0.02 if told else None,
                "total_variation": 0.2 if told else None, "tv_low": 0.1 if told else None,
                "tv_high": 0.3 if told else None, "tv_chance": 0.02 if told else None,
                "synthetic_humans": True,
            }
            for level in levels
        ]  # fmt: skip
    return _frame(rows)


@cache
def bound(forms: tuple[str, ...] = FORMS, n: int = 40) -> Any:
    """The preset, of few configurations."""
    personas = {"configurations": "random", "forms": list(forms)}
    return load("grounded-personas", {"sample": n, "personas": personas})


def manifest(story: Story, *, simulated: bool = True, synthetic: bool = True) -> dict[str, Any]:
    """The manifest of a run of the story."""
    counts = _requests(story)
    asked, coded = int(counts["asked"].sum()), int(counts["coded"].sum())
    made = ["humans", "biographies"] if synthetic else []
    return {
        "study": "grounded-personas",
        "model": {
            "label": story.label, "spec": story.label, "simulated": simulated,
            "identity": {"kind": "sim" if simulated else "openai"},
        },
        "planned": asked,
        "counts": {"coded": coded, "refused": asked - coded, "uncoded": 0, "failed": 0},
        "synthetic": made, "seed": 2026, "sample": story.n, "mores": "0.0",
        "fingerprint": {"study": "grounded-personas", "seed": 2026},
        "began": "2026-01-01T10:00:00+00:00", "state": "complete",
    }  # fmt: skip


def found_of(story: Story, made: dict[str, pl.DataFrame] | None = None, **told: Any) -> Any:
    """Findings of a story; of a simulated model and synthetic humans unless told."""
    made = tables(story) if made is None else made
    known = manifest(story, **told)
    return open_findings(Path("out/run"), bound(story.forms, story.n), known, None, made)


def run(folder: Path, story: Story, **told: Any) -> Any:
    """A finished run of a story."""
    return SimpleNamespace(folder=folder, manifest=manifest(story, **told), tables=tables(story))


def blocks_of(drawn: list[Chart]) -> list[FigureBlock]:
    """Figures as they stand on a page, without writing files."""
    return [on_page(chart, svg_of(chart.figure)) for chart in drawn]


def page_of(found: Any, drawn: list[Chart] | None = None) -> str:
    """The page as HTML."""
    return rendered(page(found, blocks_of(charts(found) if drawn is None else drawn)))
