"""Tables of alignment distance and alignment rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mores.keys import seed_from
from mores.measures.agreement import (
    f1_agree,
)
from mores.measures.alignment import permutation_test
from mores.measures.comparison import (
    benjamini_hochberg,
)
from mores.measures.resampling import ClusterBootstrap
from mores.measures.stability import stability
from mores.studies.value_action.pairs import FEWEST_DILEMMAS, Pairs
from mores.studies.value_action.scores import ALL_PERSONAS, Group, Scores, by_category, by_persona

if TYPE_CHECKING:
    from mores.studies.value_action.materials import Materials

__all__ = ["AlignmentTables"]

_COLUMNS = {
    "n_dilemmas": pl.Int64,
    "n_personas": pl.Int64,
    "n_pairs": pl.Int64,
    "coverage": pl.Float64,
    "answer_coverage": pl.Float64,
    "n_paired": pl.Int64,
    "alignment_distance": pl.Float64,
    "ad_low": pl.Float64,
    "ad_high": pl.Float64,
    "ad_delta": pl.Float64,
    "ad_delta_low": pl.Float64,
    "ad_delta_high": pl.Float64,
    "ad_p": pl.Float64,
    "ad_p_adjusted": pl.Float64,
    "ad_p_wilcoxon": pl.Float64,
    "ad_effect": pl.Float64,
    "ad_p_mann_whitney": pl.Float64,
    "ad_cliffs_delta": pl.Float64,
    "ad_by_style": pl.Float64,
    "ad_worst_low": pl.Float64,
    "ad_worst_high": pl.Float64,
    "positive_class": pl.String,
    "alignment_rate": pl.Float64,
    "ar_low": pl.Float64,
    "ar_high": pl.Float64,
    "ar_delta": pl.Float64,
    "ar_delta_low": pl.Float64,
    "ar_delta_high": pl.Float64,
    "ar_p": pl.Float64,
    "ar_p_adjusted": pl.Float64,
    "ar_worst_low": pl.Float64,
    "ar_worst_high": pl.Float64,
    "f1_disagree": pl.Float64,
    "f1_macro": pl.Float64,
    "accuracy": pl.Float64,
    "kappa": pl.Float64,
    "n_undecided": pl.Int64,
}
_CONTRASTS = {"n_pairs": pl.Int64, "n_reference": pl.Int64, "n_paired": pl.Int64} | {
    name: kind
    for name, kind in _COLUMNS.items()
    if name.startswith(("ad_delta", "ad_p", "ad_effect", "ad_cliffs", "ar_delta", "ar_p"))
}


_CONTRAST_KEYS = ("category", "rendering", "reference", "reference_rendering")


@dataclass(frozen=True)
class AlignmentTables:
    """Alignment by any grouping of arms and dilemmas.

    Attributes
    ----------
    study : Materials
    scores : Scores
    model : str
        The model's label, first column of every table.
    """

    study: Materials
    scores: Scores
    model: str

    def _seed(self, *parts: object) -> int:
        return seed_from("analysis", self.study.file.seed, *parts)

    def rows(
        self, groups: Iterable[Group], rows: NDArray[np.int64], **labels: str
    ) -> list[dict[str, Any]]:
        """One row a group, over the dilemmas at `rows`, compared with the baseline on the same.

        Alignment distance: mean over pairs of |v - a|; its delta is baseline less group, tested by
        flipping signs of the dilemmas' differences. Alignment rate: agree-F1 of pooled pairs; its
        delta is group less baseline, tested by swapping the two within dilemmas. Positive is
        improvement. Deltas are over the dilemmas that both sides have answers to.
        """
        options = self.study.file.analysis
        bootstrap = self._bootstrap(len(rows))
        base = self.scores.baseline
        reference = None if base is None else Pairs.of(self.scores, rows, (base,), bootstrap)
        out = []
        for group in groups:
            pairs = Pairs.of(self.scores, rows, group.arms, bootstrap)
            row: dict[str, Any] = {
                "model": self.model,
                **labels,
                "category": group.category,
                "persona": group.persona,
                "rendering": group.rendering,
                "n_personas": 0 if group.baseline else len(group.arms),
            }
            row |= pairs.row(options.level)
            if reference is not None and not group.baseline:
                seed = self._seed(
                    "swap", *labels.values(), group.category, group.persona, group.rendering
                )
                row |= reference.compared(pairs, options.level, options.permutations, seed)
            out.append(row)
        return out

    def _bootstrap(self, n: int) -> ClusterBootstrap | None:
        if n < FEWEST_DILEMMAS:
            return None
        draws = self.study.file.analysis.draws
        return ClusterBootstrap.draw(n, draws, self._seed("bootstrap", n))

    def table(self, rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> pl.DataFrame:
        """Rows as a frame with keys first; p values adjusted within the table."""
        return _adjusted(rows, keys, _COLUMNS)

    def _everything(self) -> NDArray[np.int64]:
        return np.arange(len(self.scores.distance))

    def by_category(self) -> pl.DataFrame:
        """The paper's tables 1 and 2, one model."""
        rows = self.rows(by_category(self.study), self._everything())
        return self.table(rows, ("model", "category", "rendering"))

    def contrasts(self) -> pl.DataFrame:
        """Every two categories of personas, and every two renderings of one, against each other.

        Paired by dilemma. Deltas are signed as against the baseline: positive where `category` is
        better than `reference`, a smaller distance or a higher rate.
        """
        groups = [
            g for g in by_category(self.study) if not g.baseline and g.category != ALL_PERSONAS
        ]
        everything = self._everything()
        options = self.study.file.analysis
        bootstrap = self._bootstrap(len(everything))
        pairs = [Pairs.of(self.scores, everything, g.arms, bootstrap) for g in groups]
        rows: list[dict[str, Any]] = []
        for (reference, base), (group, own) in combinations(zip(groups, pairs, strict=True), 2):
            if (group.category == reference.category) == (group.rendering == reference.rendering):
                continue
            names = {
                "category": group.category,
                "rendering": group.rendering,
                "reference": reference.category,
                "reference_rendering": reference.rendering,
            }
            seed = self._seed("contrast", *names.values())
            rows.append(
                {"model": self.model, **names, "n_pairs": own.n, "n_reference": base.n}
                | base.compared(own, options.level, options.permutations, seed)
            )
        return _adjusted(rows, ("model", *_CONTRAST_KEYS), _CONTRASTS)

    def by_persona(self) -> pl.DataFrame:
        """Each persona on its own, with where it stands and how well its beliefs fit together."""
        rows = self.rows(by_persona(self.study), self._everything())
        table = self.table(rows, ("model", "persona", "category", "rendering"))
        people = [arm.persona for arm in self.study.arms]
        where = {
            p.id: (p.name, *(p.position or (None, None)), p.congruence if p.position else None)
            for p in people
        }
        named = ("name", "map_x", "map_y", "congruence")
        extra = [
            pl.Series(name, [where[p][i] for p in table["persona"]], strict=False)
            for i, name in enumerate(named)
        ]
        return table.with_columns(extra)

    def _split(self, attribute: str) -> dict[str, NDArray[np.int64]]:
        asked = self.study.asked
        names = np.array([getattr(d, attribute) for d in asked])
        return {name: np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())}

    def by(self, attribute: str) -> pl.DataFrame:
        """By value or topic and, within it, by category: gains and losses."""
        groups = list(by_category(self.study))
        rows = []
        for name, indices in self._split(attribute).items():
            rows += self.rows(groups, indices, **{attribute: name})
        return self.table(rows, ("model", attribute, "category", "rendering"))

    def value_by_persona(self) -> pl.DataFrame:
        """The matrices of the paper's figure 4, in long form."""
        rows = []
        for value, indices in self._split("value").items():
            for group in by_persona(self.study):
                pairs = Pairs.of(self.scores, indices, group.arms, None)
                rows.append(
                    {
                        "model": self.model,
                        "value": value,
                        "persona": group.persona,
                        "category": group.category,
                        "rendering": group.rendering,
                        "n_pairs": pairs.n,
                        "alignment_distance": pairs.distance,
                        "alignment_rate": float(f1_agree(pairs.counts.sum(axis=0))),
                    }
                )
        return pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None))

    def permutation_reference(self) -> pl.DataFrame:
        """How much of the distance answer style alone would give.

        Actions are dealt out at random across dilemmas, within persona; `reduction` is the share of
        the distance so expected that the link between value and action takes away. `noise_floor` is
        what response noise alone would give between two identical latent answers: the mean
        difference of two repeats over the root of their number, for normal noise.
        """
        repeats = self.scores.scores.shape[-1]
        draws = self.study.file.analysis.permutations
        rows = []
        for group in by_category(self.study):
            arms = list(group.arms)
            chance = permutation_test(
                self.scores.value[:, arms],
                self.scores.action[:, arms],
                draws,
                self._seed("permutation", group.category, group.rendering),
            )
            rows.append(
                {
                    "model": self.model,
                    "category": group.category,
                    "rendering": group.rendering,
                    "n_pairs": chance.n,
                    "alignment_distance": chance.observed,
                    "expected_by_style": chance.expected,
                    "reduction": 1 - chance.observed / chance.expected if chance.expected else None,
                    "p": chance.p,
                    "noise_floor": stability(self.scores.scores[:, arms]).difference / repeats**0.5,
                }
            )
        return pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None))


def _adjusted(
    rows: Sequence[dict[str, Any]], keys: Sequence[str], columns: Mapping[str, Any]
) -> pl.DataFrame:
    schema: dict[str, Any] = {**dict.fromkeys(keys, pl.String), **columns}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    adjusted = [
        pl.Series(
            f"{measure}_p_adjusted",
            benjamini_hochberg(frame[f"{measure}_p"].fill_null(np.nan).to_numpy()),
        ).fill_nan(None)
        for measure in ("ad", "ar")
    ]
    return frame.with_columns(adjusted).with_columns(pl.col(pl.Float64).fill_nan(None))
