"""Whether the side or the strength of an action can be told from what should not tell it.

Each score (length, position, hedges, tone …) is compared between actions of the same dilemma: how often
an aligned one scores higher than an opposed one, and a strong one than a mild one. 0.5 is no cue; what
is farther from it than the margin fails, unless its interval holds 0.5. And classifiers are given the
words of the actions alone, without the scenario, of values that they have not learnt from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mores.instruments.dilemmas import ACTIONS, Dilemma
from mores.measures.inputs import FloatArray
from mores.measures.text_cues import bag_of_words_accuracy, telling_words, within_set_auc
from mores.prompts.letters import presentation_order
from mores.studies.dilemma_quality.results import CheckResult, Finding
from mores.studies.dilemma_quality.word_lists import count_of, word_lists

__all__ = ["MOST_FROM_WORDS", "SIDE_MARGIN", "STRENGTH_MARGIN", "cue_checks"]

MOST_FROM_WORDS = {"side": 0.60, "strength": 0.60}
"""The most that a classifier may get right from words alone; chance is 1/2 and 1/3."""

SIDE_MARGIN = 0.05
"""How far from 0.5 a score's AUC for the side may be."""

STRENGTH_MARGIN = 0.10
"""How far from 0.5 a score's AUC for the strength may be."""

_ALIGNED = np.array([action.startswith("a-") for action in ACTIONS])
_STRONG = np.array([action.endswith("-strong") for action in ACTIONS])
_MILD = np.array([action.endswith("-mild") for action in ACTIONS])
_STRENGTHS = {"mild": 0, "moderate": 1, "strong": 2}
_REPEATS = 3
_FEWEST_VALUES = 5

Scorer = Callable[[Dilemma], Sequence[float]]


def cue_checks(dilemmas: Sequence[Dilemma]) -> list[CheckResult]:
    """What gives sides and strengths away.

    Parameters
    ----------
    dilemmas : sequence of Dilemma

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn or vaderSentiment is not installed.
    """
    results = []
    for name, score in _scorers():
        table = np.array([score(d) for d in dilemmas], dtype=float)
        results += [_side(name, table), _strength(name, table)]
    return [*results, *_from_words(dilemmas)]


def _scorers() -> Iterator[tuple[str, Scorer]]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    tone = SentimentIntensityAnalyzer()
    lists = word_lists()
    yield "length in words", _of_text(lambda text: len(text.split()))
    yield "length in characters", _of_text(len)
    yield "place among the options as shown", _shown_place
    yield "tone (VADER compound)", _of_text(lambda text: tone.polarity_scores(text)["compound"])
    yield "hedges", _of_text(lambda text: count_of(lists.hedges, text))
    yield "boosters", _of_text(lambda text: count_of(lists.boosters, text))
    yield "negations", _of_text(lambda text: count_of(lists.negations, text))
    yield "numbers", _of_text(lambda text: count_of(lists.numbers, text))
    yield "words of the value's name and definition", _of_value
    yield "words of the scenario's end, less those of its beginning", _of_scenario_end


def _of_text(score: Callable[[str], float]) -> Scorer:
    return lambda dilemma: [score(text) for text in dilemma.action_texts]


def _shown_place(dilemma: Dilemma) -> list[float]:
    """Mean place over the repeats of the baseline in the value–action study with seed 0."""
    orders = [
        presentation_order(
            len(ACTIONS), True, "order", 0, dilemma.id, "baseline", "none", "action", repeat
        )
        for repeat in range(_REPEATS)
    ]
    return [float(np.mean([order.index(k) for order in orders])) for k in range(len(ACTIONS))]


def _of_value(dilemma: Dilemma) -> list[float]:
    named = _stems(f"{dilemma.value_label} {dilemma.value_definition}")
    return [float(len(_stems(text) & named)) for text in dilemma.action_texts]


def _of_scenario_end(dilemma: Dilemma) -> list[float]:
    """The side that a scenario tells last may seem to be the one it argues for."""
    words = dilemma.scenario_text.split()
    begin, end = (
        _stems(" ".join(part)) for part in (words[: len(words) // 2], words[len(words) // 2 :])
    )
    stems = [_stems(text) for text in dilemma.action_texts]
    return [float(len(s & (end - begin)) - len(s & (begin - end))) for s in stems]


def _stems(text: str) -> set[str]:
    """Words of five letters and more, cut after the sixth, so that "choose" meets "choosing"."""
    return {word[:6] for word in re.findall(r"[^\W\d_]{5,}", text.casefold())}


def _side(name: str, table: FloatArray) -> CheckResult:
    return _judged(
        f"side from {name}", table, _ALIGNED, SIDE_MARGIN, "an aligned action scores higher"
    )


def _strength(name: str, table: FloatArray) -> CheckResult:
    ends = np.where(_STRONG | _MILD, table, np.nan)
    return _judged(
        f"strength from {name}", ends, _STRONG, STRENGTH_MARGIN, "a strong action scores higher"
    )


def _judged(
    name: str, table: FloatArray, first: np.ndarray, margin: float, told: str
) -> CheckResult:
    found = within_set_auc(table, first)
    within = abs(found.auc - 0.5) <= margin or found.low <= 0.5 <= found.high
    passed = None if np.isnan(found.auc) else bool(within)
    return CheckResult(
        "cues",
        name,
        None if np.isnan(found.auc) else found.auc,
        "AUC",
        f"{0.5 - margin:.2f} … {0.5 + margin:.2f}",
        passed,
        found.n,
        "dilemmas",
        note=f"how often {told}; 95 % interval {found.low:.3f} … {found.high:.3f}",
    )


def _from_words(dilemmas: Sequence[Dilemma]) -> list[CheckResult]:
    texts = [text for d in dilemmas for text in d.action_texts]
    groups = [d.value for d in dilemmas for _ in ACTIONS]
    classes = {
        "side": [int(a.startswith("a-")) for _ in dilemmas for a in ACTIONS],
        "strength": [_STRENGTHS[a.partition("-")[2]] for _ in dilemmas for a in ACTIONS],
    }
    results = []
    for name, told in classes.items():
        limit = MOST_FROM_WORDS[name]
        listed = tuple(_words_of(texts, told, name))
        if len(set(groups)) < _FEWEST_VALUES:
            results.append(
                CheckResult(
                    "cues", f"{name} from a bag of words", None, "accuracy", f"≤ {limit:.2f}", None,
                    len(texts), "actions", listed,
                    f"needs {_FEWEST_VALUES} values and more, to learn from some and test on others",
                )
            )  # fmt: skip
            continue
        found = bag_of_words_accuracy(texts, told, groups)
        each = ", ".join(f"{kind} {accuracy:.3f}" for kind, accuracy in found.by_classifier)
        results.append(
            CheckResult(
                "cues", f"{name} from a bag of words", found.accuracy, "accuracy", f"≤ {limit:.2f}",
                found.accuracy <= limit, found.n, "actions", listed,
                f"{each}; chance {found.chance:.3f}; cross-validated over {found.groups} values",
            )
        )  # fmt: skip
    return results


def _words_of(texts: Sequence[str], classes: Sequence[int], name: str) -> Iterator[Finding]:
    """The most lopsided words; of the strengths, those of strong actions against the others."""
    top = 1 if name == "side" else 2
    kind, other = ("aligned", "opposed") if name == "side" else ("strong", "weaker")
    ones = [int(c == top) for c in classes]
    for word, mine, rest, z in telling_words(texts, ones, 12):
        yield Finding(word, f"in {mine} {kind} and {rest} {other} actions, z = {z:.1f}")
