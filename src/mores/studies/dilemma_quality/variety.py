"""Whether the dilemmas of a set differ: near-copies, set-ups that a value repeats, settings, coverage.

Three measures of likeness, because each misses something: runs of five words see copies, words see the
same objects and deeds, and latent meanings (or embeddings of the user's own) see the same matter in
other words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mores.coding.dilemma_form import NEAR_COPY, overlap, word_runs
from mores.instruments.dilemmas import Dilemma
from mores.instruments.labels import fold
from mores.instruments.presumptions import presumptions
from mores.instruments.schwartz import topics, values
from mores.measures.inputs import FloatArray
from mores.measures.text_similarity import closest_pairs, cosines, latent_vectors, word_vectors
from mores.studies.dilemma_quality.results import CheckResult, Finding

__all__ = ["ALIKE_IN_MEANING", "ALIKE_IN_WORDS", "Embedder", "coverage", "variety_checks"]

Embedder: TypeAlias = Callable[[Sequence[str]], FloatArray]
"""Texts to vectors, one row a text."""

ALIKE_IN_WORDS = 0.5
"""Cosine of word vectors from which two dilemmas are too alike."""

ALIKE_IN_MEANING = 0.8
"""Cosine of latent vectors from which two dilemmas are too alike."""

_SHOWN = 5


def variety_checks(
    dilemmas: Sequence[Dilemma], embed: Embedder | None = None, alike: float = ALIKE_IN_MEANING
) -> list[CheckResult]:
    """How alike the dilemmas of a set are.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    embed : callable, optional
        Embeddings to use in place of latent meanings that are learnt from the set.
    alike : float
        The cosine of these from which two dilemmas are too alike.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    names = [d.id for d in dilemmas]
    texts = ["\n".join((d.scenario_text, *d.action_texts)) for d in dilemmas]
    focal = np.array([d.value for d in dilemmas])
    same_value = focal[:, None] == focal[None, :]
    by_words = word_vectors(texts)
    words = cosines(by_words)
    meanings = cosines(latent_vectors(by_words) if embed is None else embed(texts))
    seen = "latent meanings" if embed is None else "embeddings"
    told = f"cosine of {seen}"
    return [
        _most_alike("runs of five words shared", _runs_shared(texts), names, NEAR_COPY, "share"),
        _most_alike("words, any two dilemmas", words, names, ALIKE_IN_WORDS, "cosine of words"),
        _most_alike(
            "words, same value", words, names, ALIKE_IN_WORDS, "cosine of words", same_value
        ),
        _most_alike(f"{seen}, any two dilemmas", meanings, names, alike, told),
        _most_alike(f"{seen}, same value", meanings, names, alike, told, same_value),
        _own_settings(dilemmas),
    ]


def _runs_shared(texts: Sequence[str]) -> FloatArray:
    runs = [word_runs(text) for text in texts]
    found = np.eye(len(texts))
    holders: dict[tuple[str, ...], list[int]] = {}
    for place, mine in enumerate(runs):
        near = {other for run in mine for other in holders.get(run, ())}
        for other in near:
            found[place, other] = found[other, place] = overlap(mine, runs[other])
        for run in mine:
            holders.setdefault(run, []).append(place)
    return found


def _most_alike(
    name: str,
    alike: FloatArray,
    names: Sequence[str],
    limit: float,
    unit: str,
    among: NDArray[np.bool_] | None = None,
) -> CheckResult:
    upper = np.triu(np.ones(alike.shape, dtype=bool) if among is None else among, k=1)
    values = alike[upper]
    over = int((values >= limit).sum())
    findings = tuple(
        Finding(f"{names[p.first]} and {names[p.second]}", f"{unit} {p.similarity:.2f}")
        for p in closest_pairs(alike, among, over or _SHOWN)
    )
    most, note = None, ""
    if len(values):
        most = float(values.max())
        note = f"median of all pairs {np.median(values):.2f}; the closest are listed"
    passed = None if most is None else not over
    return CheckResult(
        "variety", f"closest pair: {name}", most, unit, f"< {limit:.2f}", passed, len(values),
        "pairs", findings, note,
    )  # fmt: skip


def _own_settings(dilemmas: Sequence[Dilemma]) -> CheckResult:
    """Settings that two dilemmas of a value share, or that are missing."""
    used = Counter((d.value, fold(d.setting)) for d in dilemmas)
    findings = [
        Finding(d.id, f"setting {d.setting!r} is that of another dilemma of the value")
        if d.setting
        else Finding(d.id, "no setting is given")
        for d in dilemmas
        if used[d.value, fold(d.setting)] > 1 or not d.setting
    ]
    return CheckResult(
        "variety",
        "a setting is missing, or shared with another dilemma of the value",
        float(len(findings)),
        "dilemmas",
        "0",
        not findings,
        len(dilemmas),
        "dilemmas",
        tuple(findings),
    )


def coverage(dilemmas: Sequence[Dilemma]) -> list[CheckResult]:
    """What the set covers: told, not judged."""
    cells = {(d.value, d.topic) for d in dilemmas if d.value in values() and d.topic in topics()}
    tags = Counter(tag for d in dilemmas for tag in d.presumes)
    told = [
        ("values by topics of the study", len(cells), len(values()) * len(topics()), "cells"),
        ("different settings", len({fold(d.setting) for d in dilemmas}), len(dilemmas), "dilemmas"),
        ("presumptions in use", len(tags), len(presumptions()), "tags"),
        ("without a presumption", sum(not d.presumes for d in dilemmas), len(dilemmas), "dilemmas"),
    ]
    return [
        CheckResult("coverage", name, float(found), "", "", None, n, of)
        for name, found, n, of in told
    ]
