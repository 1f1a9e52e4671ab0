"""Tables about the answers themselves: coverage, distributions, positions, repeats, wording."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from mores.keys import seed_from
from mores.measures.overlap import content_words, overlap_coefficient, spearman_by_cluster
from mores.measures.proportions import uniform_chi_square
from mores.measures.resampling import ClusterBootstrap, expanded_level, percentile_interval
from mores.measures.results import Interval
from mores.measures.stability import krippendorff_alpha_interval, stability
from mores.records import Status
from mores.studies.value_action.materials import QUESTIONS
from mores.studies.value_action.pairs import FEWEST_DILEMMAS
from mores.studies.value_action.scores import FloatArray, Scores, by_category

if TYPE_CHECKING:
    from mores.studies.value_action.materials import Materials

__all__ = ["AnswerTables"]

EVERYDAY = 0.1
"""A word in a larger share of the dilemmas than this is not one that a persona could anchor to."""


@dataclass(frozen=True)
class AnswerTables:
    """Tables about the answers of one model.

    Attributes
    ----------
    study : Materials
    answers : polars.DataFrame
        One row a request.
    scores : Scores
    model : str
        The model's label, first column of every table.
    """

    study: Materials
    answers: pl.DataFrame
    scores: Scores
    model: str

    def _labelled(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(pl.lit(self.model).alias("model"), pl.all())

    def coverage(self) -> pl.DataFrame:
        """How the requests of each category and question ended; what is missing is counted too."""
        per_arm = len(self.study.chosen) * self.study.file.asking.repeats
        rows = []
        keys = ["category", "rendering", "question"]
        for (category, rendering), arms in self._arms_by_category.items():
            for question in QUESTIONS:
                part = self.answers.filter(
                    pl.col("category") == category,
                    pl.col("rendering") == rendering,
                    pl.col("question") == question,
                )
                row: dict[str, Any] = dict(zip(keys, (category, rendering, question), strict=True))
                row |= {"planned": per_arm * len(arms), "asked": part.height}
                row |= {str(s): part.filter(pl.col("status") == str(s)).height for s in Status}
                row["asked_again"] = part.filter(pl.col("attempts") > 1).height
                rows.append(row)
        table = pl.DataFrame(rows)
        shares = [(pl.col(str(s)) / pl.col("planned")).alias(f"{s}_share") for s in Status]
        return self._labelled(table.with_columns(shares))

    @cached_property
    def _arms_by_category(self) -> dict[tuple[str, str], list[int]]:
        arms: dict[tuple[str, str], list[int]] = {}
        for index, arm in enumerate(self.study.arms):
            arms.setdefault((arm.persona.category, arm.rendering), []).append(index)
        return arms

    def reasons(self) -> pl.DataFrame:
        """How each reply was read, or why it could not be."""
        keys = ["question", "status", "reason"]
        counted = (
            self.answers.group_by(keys)
            .agg(n=pl.len())
            .sort("question", "n", descending=[True, True])
        )
        return self._labelled(counted.sort([*keys[:2]], maintain_order=True))

    def distribution(self) -> pl.DataFrame:
        """Share of each option by question and category (figure 5), with intervals over dilemmas."""
        bootstrap = self._bootstrap()
        rows = []
        for group in by_category(self.study):
            for q, question in enumerate(QUESTIONS):
                names, scores = self._options(question)
                chosen = self.scores.options[:, list(group.arms), q]
                each = [(chosen == k).sum(axis=(1, 2)) for k in range(len(names))]
                counts = np.stack(each, axis=1).astype(float)
                answered = counts.sum(axis=1)
                interval = self._shares(bootstrap, counts, answered)
                total = answered.sum()
                for k, name in enumerate(names):
                    rows.append(
                        {
                            "category": group.category,
                            "rendering": group.rendering,
                            "question": question,
                            "option": name,
                            "score": scores[k],
                            "n": int(counts[:, k].sum()),
                            "n_coded": int(total),
                            "share": counts[:, k].sum() / total if total else None,
                            "share_low": float(interval.low[k]),
                            "share_high": float(interval.high[k]),
                        }
                    )
        return self._labelled(pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None)))

    def _shares(
        self, bootstrap: ClusterBootstrap, counts: FloatArray, answered: FloatArray
    ) -> Interval:
        """Intervals over dilemmas of the shares of K options; NaN with too few dilemmas."""
        n_dilemmas = int((answered > 0).sum())
        if n_dilemmas < FEWEST_DILEMMAS:
            return percentile_interval(np.full((1, counts.shape[1]), np.nan))
        draws = bootstrap.mean(counts, np.repeat(answered[:, None], counts.shape[1], axis=1))
        level = self.study.file.analysis.level
        return percentile_interval(draws, expanded_level(level, n_dilemmas))

    def _bootstrap(self) -> ClusterBootstrap:
        options = self.study.file.analysis
        seed = seed_from("analysis", self.study.file.seed, "options")
        return ClusterBootstrap.draw(len(self.study.chosen), options.draws, seed)

    def _options(self, question: str) -> tuple[list[str], list[float]]:
        if question == "value":
            scale = self.study.value_scale.options
            return [o.label for o in scale], [o.score for o in scale]
        return [a.id for a in self.study.dilemmas[0].actions], list(self.study.action_scores)

    def positions(self) -> pl.DataFrame:
        """How often the option at each place was chosen; shuffled, every place should be equal.

        `p` is of a chi-square test of all places of a question against equality. Since each request
        is shuffled by itself, places are independent where position plays no part, however alike
        the answers are. Without shuffling there is nothing to expect, and neither test nor `effect`.
        """
        bootstrap = self._bootstrap()
        shuffled = self.study.file.asking.shuffle
        order = {dilemma.id: row for row, dilemma in enumerate(self.study.asked)}
        rows = []
        for question in QUESTIONS:
            n_options = len(self._options(question)[0])
            part = self.answers.filter(
                pl.col("question") == question, pl.col("position").is_not_null()
            )
            cell = part["dilemma"].replace_strict(order, return_dtype=pl.Int64).to_numpy()
            index = cell * n_options + part["position"].to_numpy() - 1
            each = np.bincount(index, minlength=len(order) * n_options).astype(float)
            counts = each.reshape(len(order), n_options)
            interval = self._shares(bootstrap, counts, counts.sum(axis=1))
            pooled = counts.sum(axis=0)
            test = uniform_chi_square(pooled)
            total = int(pooled.sum())
            rows += [
                {
                    "question": question,
                    "position": place + 1,
                    "n": int(pooled[place]),
                    "n_coded": total,
                    "share": pooled[place] / total if total else None,
                    "share_low": float(interval.low[place]),
                    "share_high": float(interval.high[place]),
                    "expected": 1 / n_options if shuffled else None,
                    "shuffled": shuffled,
                    "p": float(test.p) if shuffled else None,
                    "effect": float(test.effect) if shuffled else None,
                }
                for place in range(n_options)
            ]
        floats = ("share", "share_low", "share_high", "expected", "p", "effect")
        frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(floats, pl.Float64))
        return self._labelled(frame.with_columns(pl.col(pl.Float64).fill_nan(None)))

    def stability(self) -> pl.DataFrame:
        """How much the repeats of one question agree."""
        rows = []
        for group in by_category(self.study):
            for q, question in enumerate(QUESTIONS):
                cells = self.scores.scores[:, list(group.arms), q]
                found = stability(cells)
                rows.append(
                    {
                        "category": group.category,
                        "rendering": group.rendering,
                        "question": question,
                        "n_cells": found.cells,
                        "n_excluded": found.excluded,
                        "share_identical": found.equal,
                        "mean_sd": found.deviation,
                        "mean_difference": found.difference,
                        "share_sign_flipped": found.flipped,
                        "krippendorff_alpha": krippendorff_alpha_interval(
                            cells.reshape(-1, cells.shape[-1])
                        ),
                    }
                )
        return self._labelled(pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None)))

    def anchoring(self) -> pl.DataFrame:
        """Whether personas help more where persona and dilemma share words.

        Overlap is that of the content words of the persona block, less those that all blocks of the
        same rendering share, with those of scenario, actions and value. Everyday words, found in
        more than 10 % of the dilemmas (and in more than two), anchor nothing and are left out. `rho`
        relates overlap to the improvement over the baseline of the same dilemma, within persona: a
        positive one says that the gap closes more where more words are shared. Without a baseline
        it is the distance, its sign turned.
        """
        overlap, distance = self._overlap(), self.scores.distance
        gained = -distance
        if self.scores.baseline is not None:
            gained = distance[:, [self.scores.baseline]] - distance
        options = self.study.file.analysis
        rows = []
        for group in by_category(self.study):
            if group.baseline:
                continue
            arms = list(group.arms)
            shared, gap = overlap[:, arms], distance[:, arms]
            x, y = _within(shared), _within(gained[:, arms])
            clusters = np.broadcast_to(np.arange(len(x))[:, None], x.shape)
            found = spearman_by_cluster(
                x.ravel(),
                y.ravel(),
                clusters.ravel(),
                options.draws,
                seed_from(
                    "analysis", self.study.file.seed, "anchoring", group.category, group.rendering
                ),
                options.level,
            )
            rows.append(
                {
                    "category": group.category,
                    "rendering": group.rendering,
                    "n_pairs": found.n,
                    "mean_overlap": _mean(shared),
                    "share_with_overlap": _mean(np.where(np.isnan(shared), np.nan, shared > 0)),
                    "rho": found.rho,
                    "rho_low": float(found.interval.low),
                    "rho_high": float(found.interval.high),
                    "distance_without_overlap": _mean(gap[shared == 0]),
                    "distance_with_overlap": _mean(gap[shared > 0]),
                }
            )
        schema = {"category": pl.String, "rendering": pl.String, "n_pairs": pl.Int64}
        floats = (
            *("mean_overlap", "share_with_overlap", "rho", "rho_low", "rho_high"),
            *("distance_without_overlap", "distance_with_overlap"),
        )
        frame = pl.DataFrame(rows, schema=schema | dict.fromkeys(floats, pl.Float64))
        return self._labelled(frame.with_columns(pl.col(pl.Float64).fill_nan(None)))

    def _overlap(self) -> FloatArray:
        """Overlap coefficient of each dilemma and arm, shape (D, A); NaN for the baseline."""
        asked = self.study.asked
        dilemma_words = [
            content_words(
                " ".join([d.scenario_text, *d.action_texts, d.value_label, d.value_definition])
            )
            for d in asked
        ]
        frequency = Counter(word for words in dilemma_words for word in words)
        most = max(2.0, EVERYDAY * len(asked))
        everyday = {word for word, n in frequency.items() if n > most}
        overlap = np.full((len(asked), len(self.study.arms)), np.nan)
        renderings = {a.rendering for a in self.study.arms if a.persona.configuration is not None}
        for rendering in renderings:
            arms = [i for i, a in enumerate(self.study.arms) if a.rendering == rendering]
            words = [content_words(self.study.arms[i].block or "") for i in arms]
            shared = frozenset.intersection(*words) if len(words) > 1 else frozenset()
            for i, own in zip(arms, words, strict=True):
                particular = own - shared - everyday
                overlap[:, i] = [
                    overlap_coefficient(particular, d - everyday) for d in dilemma_words
                ]
        return overlap


def _within(values: FloatArray) -> FloatArray:
    """Values less the mean of their column (persona)."""
    coded = ~np.isnan(values)
    n = coded.sum(axis=0)
    means = np.where(coded, values, 0.0).sum(axis=0) / np.where(n > 0, n, np.nan)
    return np.asarray(values - means)


def _mean(values: FloatArray) -> float | None:
    coded = values[~np.isnan(values)]
    return float(coded.mean()) if coded.size else None
