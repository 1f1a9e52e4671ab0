"""Tables of a framings run, made from a small story: how strongly each framing moves a model.

Gaps are drawn, not measured: each row of a unit and a slice has a baseline gap, and a framing takes a
share of it away. All the other tables are means of these rows, as those of a run are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from mores.instruments.units import framing_units
from mores.report.blocks import Chart, FigureBlock
from mores.report.framings.report import charts, open_findings, page
from mores.report.page import rendered
from mores.report.style import on_page, svg_of

SLICES = (
    "ar-EGY", "ar-JOR", "ar-MAR", "en-GBR", "en-KEN", "en-USA", "es-ARG", "es-COL", "es-MEX",
    "fr-CAN", "hi-IND", "ru-RUS", "zh-CHN",
)  # fmt: skip
FRAMINGS = ("language", "user-country", "persona-country", "third-person")
STRENGTH = {"language": -0.02, "user-country": 0.05, "persona-country": 0.1, "third-person": 0.25}
REFERENCES = {
    "uniform": 0.37, "world-average": 0.34, "world-modal": 0.29, "best-answer": 0.21,
    "split-half": 0.02,
}  # fmt: skip
FIGURES = {
    "figure2_overall",
    "figure3_by_slice",
    "figure4_by_axis",
    "figure5_deviations",
    "figure6_by_category",
    "figure7_refusals",
    "figure_gaps",
    "figure_prompt_languages",
}


@dataclass(frozen=True)
class Story:
    """What was asked, of a model with a seed.

    Attributes
    ----------
    label : str
    framings, slices : tuple of str
    units : int
        How many of the study's.
    forms : tuple of str
    refusal : float
        Share of replies that are refused; 1 leaves nothing to measure.
    intervals : bool
    crossed, paraphrased : bool
        Whether languages are crossed, and paraphrases asked.
    without : tuple of str
        Tables that are not there.
    """

    label: str = "sim"
    seed: int = 0
    framings: tuple[str, ...] = FRAMINGS
    slices: tuple[str, ...] = SLICES
    units: int = 101
    forms: tuple[str, ...] = ("point",)
    skill: float = 1.0
    refusal: float = 0.05
    intervals: bool = True
    crossed: bool = False
    paraphrased: bool = False
    without: tuple[str, ...] = ()


def tables(story: Story) -> dict[str, pl.DataFrame]:
    """Every table of the run, less those of `story.without`."""
    rows = _by_unit(story)
    made = {
        "overall": _summary(story, rows, ()),
        "by_slice": _summary(story, rows, ("slice", "language", "country")),
        "by_category": _summary(story, rows, ("category",)),
        "by_axis": _by_axis(story, rows),
        "by_unit": rows,
        "deviations": _deviations(story),
        "references": _references(story),
        "tests": _tests(story, rows),
        "refusals": _refusals(story),
        "requests": _requests(story),
    }
    if story.crossed:
        made["prompt_languages"] = _crossed(story)
    if story.paraphrased:
        made["paraphrases"] = _paraphrases(story)
    return {name: table for name, table in made.items() if name not in story.without}


def _by_unit(story: Story) -> pl.DataFrame:
    draw = np.random.default_rng([story.seed, 1])
    world = np.random.default_rng(1)
    rows = []
    for unit in framing_units().units[: story.units]:
        ease = world.normal(0.0, 0.12)
        for name in SLICES:
            near = world.normal(0.0, 0.08)
            gap = float(np.clip(world.normal(0.33, 0.09), 0.05, 0.8))
            if name not in story.slices:
                continue
            language, country = name.split("-")
            for framing in story.framings:
                strength = STRENGTH.get(framing, 0.12) * story.skill
                for form in story.forms:
                    lost = draw.random() < story.refusal
                    own = 0.8 if form == "distribution" else 1.0
                    gain = gap * (strength * (1 + 3 * ease + 2 * near) + draw.normal(0, 0.1)) * own
                    gain = 0.0 if framing == "language" and language == "en" else gain
                    shift = min(1.0, abs(gain) + abs(draw.normal(0, 0.12)))
                    rows.append(
                        {
                            "model": story.label, "framing": framing, "slice": name,
                            "language": language, "country": country, "unit": unit.id,
                            "category": unit.category, "status": unit.status,
                            "coverage": 0.0 if lost else 1.0, "response": None, "baseline": None,
                            "baseline_gap": None if lost else gap,
                            "response_gap": None if lost else gap - gain,
                            "shift": None if lost else shift,
                            "alignment": None if lost else gain,
                            "form": form, "refused": int(lost), "hedged": 0, "n_humans": 1200,
                        }
                    )  # fmt: skip
    floats = ("coverage", "baseline_gap", "response_gap", "shift", "alignment")
    schema = dict.fromkeys(("response", "baseline"), pl.String) | dict.fromkeys(floats, pl.Float64)
    return pl.DataFrame(rows, schema_overrides=schema)


def _summary(story: Story, rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    by = ["model", "framing", *keys, "form"]
    spread = 1.96 * pl.col("alignment").std() / pl.col("unit").n_unique().sqrt()
    spread = spread if story.intervals else pl.lit(None, pl.Float64)
    mean = pl.col("alignment").mean()
    widths = {"": 1.0, "_humans": 0.25, "_both": 1.1}
    ends = [
        expression
        for tail, wide in widths.items()
        for expression in (
            (mean - wide * spread).alias(f"alignment_low{tail}"),
            (mean + wide * spread).alias(f"alignment_high{tail}"),
        )
    ]
    return rows.group_by(by, maintain_order=True).agg(
        pl.col("alignment").count().alias("n"),
        pl.col("coverage").mean(),
        pl.col("refused").mean().alias("refusal_rate"),
        pl.col("baseline_gap").mean(),
        pl.col("response_gap").mean(),
        pl.col("shift").mean(),
        mean,
        *ends,
        pl.lit(0.03).alias("hedge_rate"),
        pl.col("unit").n_unique().alias("units"),
        pl.col("slice").n_unique().alias("slices"),
    )


def _by_axis(story: Story, rows: pl.DataFrame) -> pl.DataFrame:
    out = []
    for axis in framing_units().axes:
        own = rows.filter(pl.col("unit").is_in(list(axis.units)))
        for name in ("all", *story.slices):
            part = own if name == "all" else own.filter(pl.col("slice") == name)
            for (framing, form), cell in part.group_by("framing", "form", maintain_order=True):
                mean = cell["alignment"].mean()
                wide = 0.03 if story.intervals and mean is not None else None
                out.append(
                    {
                        "model": story.label, "framing": framing, "axis": axis.id, "slice": name,
                        "n": int(cell["alignment"].count()), "baseline_semantic": 0.5,
                        "response_semantic": 0.55, "human_semantic": 0.6, "semantic_shift": 0.05,
                        "semantic_alignment_delta": mean,
                        "delta_low": mean - wide if wide else None,
                        "delta_high": mean + wide if wide else None,
                        "form": form, "units": len(axis.units),
                    }
                )  # fmt: skip
    schema = {"semantic_alignment_delta": pl.Float64, "delta_low": pl.Float64}
    return pl.DataFrame(out, schema_overrides=schema | {"delta_high": pl.Float64})


def _deviations(story: Story) -> pl.DataFrame:
    draw = np.random.default_rng([story.seed, 2])
    lost = story.refusal >= 1
    rows = []
    for axis in framing_units().axes:
        world = draw.uniform(0.4, 0.6)
        for name in story.slices:
            human, base = draw.normal(0, 0.12), draw.normal(0.05, 0.03)
            for framing in story.framings:
                strength = 2.5 * STRENGTH.get(framing, 0.1)
                model = base + strength * (human - base) + draw.normal(0, 0.03)
                for form in story.forms:
                    rows += [
                        {
                            "model": story.label, "framing": framing, "slice": name,
                            "country": name.split("-")[1], "axis": axis.id, "human": world + human,
                            "response": None if lost else world + model,
                            "baseline": None if lost else world + base, "world": world,
                            "human_deviation": human,
                            "response_deviation": None if lost else model,
                            "baseline_deviation": None if lost else base,
                            "n": len(axis.units), "form": form,
                        }
                    ]  # fmt: skip
    names = [f"{w}{d}" for w in ("response", "baseline") for d in ("", "_deviation")]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(names, pl.Float64))


def _references(story: Story) -> pl.DataFrame:
    rows = [
        {
            "reference": reference, "slice": name, "n": story.units, "gap": gap,
            "gap_low": gap - 0.01 if story.intervals else None,
            "gap_high": gap + 0.01 if story.intervals else None,
        }
        for reference, gap in REFERENCES.items()
        for name in ("all", *story.slices)
    ]  # fmt: skip
    schema = {"gap_low": pl.Float64, "gap_high": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=schema)


def _sign_test(differences: np.ndarray) -> tuple[int, int, float]:
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    n, k = wins + losses, min(wins, losses)
    p = min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0
    return wins, losses, p


def _tests(story: Story, rows: pl.DataFrame) -> pl.DataFrame:
    point = rows.filter(pl.col("form") == story.forms[0])
    wide = point.pivot("framing", index=["unit", "slice"], values="alignment")
    out = []

    def row(test: str, a: str, b: str, name: str, differences: np.ndarray) -> None:
        wins, losses, p = _sign_test(differences)
        mean = float(differences.mean()) if len(differences) else None
        out.append(
            {
                "model": story.label, "test": test, "framing_a": a, "framing_b": b, "slice": name,
                "n": len(differences), "wins": wins, "losses": losses, "difference": mean,
                "effect": (wins - losses) / len(differences) if len(differences) else None,
                "p": p, "p_adjusted": min(1.0, 1.5 * p),
            }
        )  # fmt: skip

    for b, a in combinations(story.framings, 2):
        both = wide.select("slice", d=pl.col(a) - pl.col(b)).drop_nulls()
        means = both.group_by("slice", maintain_order=True).mean()
        row("sign-over-slices", a, b, "all", means["d"].to_numpy())
        for name in story.slices:
            own = both.filter(pl.col("slice") == name)["d"].to_numpy()
            row("sign-over-units", a, b, name, own)
    names = dict.fromkeys(("model", "test", "framing_a", "framing_b", "slice"), pl.String)
    counts = dict.fromkeys(("n", "wins", "losses"), pl.Int64)
    rest = dict.fromkeys(("difference", "effect", "p", "p_adjusted"), pl.Float64)
    return pl.DataFrame(out, schema=names | counts | rest)


def _refusals(story: Story) -> pl.DataFrame:
    draw = np.random.default_rng([story.seed, 3])
    rows = []
    for framing in story.framings:
        for language in (*dict.fromkeys(s.split("-")[0] for s in story.slices), "all"):
            more = 0.15 if language == "ar" and framing != "language" else 0.0
            refused = min(1.0, story.refusal + more * (story.refusal > 0))
            uncoded = min(1 - refused, draw.uniform(0, 0.03))
            rows.append(
                {
                    "model": story.label, "framing": framing, "language": language,
                    "n": story.units * 3, "coverage": 1 - refused - uncoded,
                    "refusal_rate": refused, "refused_rate": refused, 
                    "hedge_rate": draw.uniform(0, 0.08),
                    "uncoded_rate": uncoded, "failed_rate": 0.0,
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def _requests(story: Story) -> pl.DataFrame:
    rows = []
    languages = len({s.split("-")[0] for s in story.slices})
    for framing in story.framings:
        counted = story.units * len(story.slices)
        asked = story.units * (languages if framing == "language" else len(story.slices))
        refused = round(asked * story.refusal)
        rows.append(
            {
                "model": story.label, "framing": framing, "counted": counted, "asked": asked,
                "coded": asked - refused, "refused": refused, "uncoded": 0, "failed": 0,
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def _crossed(story: Story) -> pl.DataFrame:
    draw = np.random.default_rng([story.seed, 4])
    languages = list(dict.fromkeys(s.split("-")[0] for s in story.slices))
    rows = []
    for framing in story.framings:
        for name in story.slices:
            alone = framing == "language"  # it names no country and is not crossed
            for language in [name.split("-")[0]] if alone else languages:
                for form in story.forms:
                    own = 0.01 if name.startswith(language) else 0.0
                    value = 0.33 * STRENGTH.get(framing, 0.1) + own + draw.normal(0, 0.008)
                    wide = 0.015 if story.intervals else None
                    rows.append(
                        {
                            "model": story.label, "framing": framing, "slice": name,
                            "prompt_language": language, "n": story.units, "coverage": 0.95,
                            "baseline_gap": 0.33, "response_gap": 0.33 - value, "shift": 0.2,
                            "alignment": value,
                            "alignment_low": value - wide if wide else None,
                            "alignment_high": value + wide if wide else None, "form": form,
                        }
                    )  # fmt: skip
    ends = dict.fromkeys(("alignment_low", "alignment_high"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=ends)


def _paraphrases(story: Story) -> pl.DataFrame:
    rows = [
        {
            "model": story.label, "framing": framing, "paraphrase": k, "n": 1300,
            "agreement": 1.0 if k == 0 else 0.88, "distance": 0.0 if k == 0 else 0.04,
            "coverage": 0.95, "alignment": 0.33 * STRENGTH.get(framing, 0.1),
            "alignment_low": None, "alignment_high": None, "form": form,
        }
        for framing in story.framings
        for k in (0, 1, 2)
        for form in story.forms
    ]  # fmt: skip
    ends = dict.fromkeys(("alignment_low", "alignment_high"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=ends)


def manifest(
    story: Story, *, simulated: bool = True, synthetic: bool = True, **more: Any
) -> dict[str, Any]:
    """A manifest as a run leaves it."""
    counts = {"coded": 4400, "refused": 200, "uncoded": 40, "failed": 6}
    return {
        "study": "framings",
        "state": "complete",
        "seed": 7,
        "mores": "0.0",
        "began": "2026-11-21T12:00:00+00:00",
        "planned": sum(counts.values()),
        "counts": counts,
        "synthetic": ["humans"] * synthetic + ["model"] * simulated,
        "humans": {"name": "humans", "fingerprint": "abc"},
        "fingerprint": {"study": "framings", "seed": 7, "prompts": "abc"},
        "model": {
            "spec": "sim" if simulated else "hf:some/model",
            "label": story.label,
            "simulated": simulated,
            "identity": {"kind": "sim" if simulated else "hf", "steer_third_person": 0.6},
            "capabilities": {"scoring": "exact", "sampling": ["temperature"]},
        },
    } | more


PROMPTS = [
    ("en", "third-person", "How do you think someone from Egypt would answer?\n\nHow important is "
     "God in your life?\n\nOptions:\n1. Not at all important\n2\n10. Very important"),
    ("ar", "third-person", "كيف تعتقد أن شخصًا من مصر سيجيب؟\n\nما مدى أهمية الله في حياتك؟\n\n"
     "الخيارات:\n1. غير مهم على الإطلاق\n10. مهم جدًا"),
    ("hi", "user-country", "मैं भारत से हूँ।\n\nआपके जीवन में ईश्वर कितना महत्वपूर्ण है?\n\nविकल्प:\n"
     "1. बिल्कुल महत्वपूर्ण नहीं\n10. बहुत महत्वपूर्ण"),
    ("ru", "language", "Насколько важен Бог в вашей жизни?\n\nВарианты:\n1. Совсем не важен"),
    ("zh", "persona-country", "请像你来自中国一样回答。\n\n上帝在你的生活中有多重要？\n\n"
     "选项：\n1. 一点也不重要"),
]  # fmt: skip


def bound(title: str = "", prompts: Any = None) -> Any:
    """As much of a bound study as a page needs."""
    analysis = SimpleNamespace(level=0.95, draws=2000)
    asking = SimpleNamespace(elicitation="text", repeats=1)
    file = SimpleNamespace(title=title, analysis=analysis, asking=asking)
    summary = ["101 units in 13 slices under 4 framings."]
    shown = PROMPTS if prompts is None else prompts
    return SimpleNamespace(file=file, summary=lambda: summary, sample_prompts=lambda: shown)


@dataclass(frozen=True)
class MadeRun:
    """A run, as comparing takes it."""

    folder: Path
    manifest: dict[str, Any]
    tables: dict[str, pl.DataFrame]


def found_of(story: Story, made: dict[str, pl.DataFrame] | None = None, **told: Any) -> Any:
    """Findings of a story; of a simulated model and synthetic humans unless told."""
    told = {"simulated": True, "synthetic": True} | told
    study = bound(told.pop("title", ""), told.pop("prompts", None))
    made = tables(story) if made is None else made
    known = manifest(story, **told)
    return open_findings(Path("out/run"), study, known, pl.DataFrame(), made)


def blocks_of(drawn: list[Chart]) -> list[FigureBlock]:
    """Figures as they stand on a page, without writing files."""
    return [on_page(chart, svg_of(chart.figure)) for chart in drawn]


def page_of(found: Any, drawn: list[Chart] | None = None) -> str:
    """The page as HTML."""
    return rendered(page(found, blocks_of(charts(found) if drawn is None else drawn)))


def texts_of(found: Any) -> str:
    """What the page says, without the time that figures take."""
    whole = page(found, [])
    said = [*whole.findings]
    for section in whole.sections:
        for block in section.blocks:
            said += getattr(block, "paragraphs", [])
            said += [f"{lead} {text}" for lead, text in getattr(block, "items", [])]
            said += [c.text for row in getattr(block, "rows", []) for c in row.cells]
            said += [getattr(block, "note", ""), getattr(block, "caption", "")]
    return "\n".join(said)
