from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import proportions_ztest

from mores.measures.text_cues import bag_of_words_accuracy, telling_words, within_set_auc

NAN = float("nan")
rng = np.random.default_rng(7)


def sample(n: int, cue: float) -> tuple[list[str], list[int], list[int]]:
    """Texts of random words, in which one more tells the class in a share of them."""
    words = np.array([f"word{k}" for k in range(40)])
    texts, classes, groups = [], [], []
    for place in range(n):
        kind = place % 2
        said = list(rng.choice(words, 8))
        if rng.random() < cue:
            said.append("always" if kind else "seldom")
        texts.append(" ".join(said))
        classes.append(kind)
        groups.append(place // 10)
    return texts, classes, groups


def test_words_that_tell_are_found() -> None:
    found = bag_of_words_accuracy(*sample(400, 0.8))
    assert found.accuracy > 0.85
    assert (found.n, found.groups, found.chance) == (400, 40, 0.5)
    assert found.accuracy == max(accuracy for _, accuracy in found.by_classifier)


def test_words_that_tell_nothing_leave_chance() -> None:
    found = bag_of_words_accuracy(*sample(1200, 0.0))
    assert abs(found.accuracy - 0.5) < 0.06


def test_what_a_group_alone_says_cannot_be_learnt() -> None:
    # Each group has its own telling word: known groups would give the class away, unseen ones not.
    texts = [f"key{g} open" if k else f"lock{g} open" for g in range(30) for k in (0, 1) * 4]
    classes = [k for _ in range(30) for k in (0, 1) * 4]
    groups = [g for g in range(30) for _ in range(8)]
    assert bag_of_words_accuracy(texts, classes, groups).accuracy <= 0.5


@pytest.mark.parametrize(
    ("classes", "groups", "says"),
    [
        ([0, 1], [0, 1, 2], "2 and 3 long"),
        ([0, 0, 0], [0, 1, 2], "1 classes and 3 groups"),
        ([0, 1, 0], [4, 4, 4], "2 classes and 1 groups"),
    ],
)
def test_what_cannot_be_cross_validated(classes, groups, says) -> None:
    with pytest.raises(ValueError, match=says):
        bag_of_words_accuracy(["a b", "a c", "b c"], classes, groups)


def test_auc_by_hand() -> None:
    # first set: 3 > 1, 3 > 2, 1 = 1, 1 < 2: 2.5 of 4; second: 4 of 4
    found = within_set_auc([[3, 1, 1, 2], [8, 9, 1, 2]], [True, True, False, False])
    assert found.auc == pytest.approx((0.625 + 1) / 2)
    half = 1.959963984540054 * np.std([0.625, 1], ddof=1) / np.sqrt(2)
    assert (found.low, found.high) == pytest.approx((0.8125 - half, 0.8125 + half))
    assert found.n == 2


def test_auc_leaves_out_what_is_missing() -> None:
    found = within_set_auc([[3, NAN, 1, 2], [NAN, NAN, 1, 2]], [True, True, False, False])
    assert (found.auc, found.n) == (1.0, 1)
    assert np.isnan([found.low, found.high]).all()
    nothing = within_set_auc([[NAN, 1]], [True, False])
    assert np.isnan(nothing.auc)
    assert nothing.n == 0
    with pytest.raises(ValueError, match="do not fit 3 options"):
        within_set_auc([[1, 2]], [True, False, False])


@given(arrays(float, (4, 6), elements=st.floats(-5, 5).map(lambda x: round(x, 1))))
def test_auc_against_scipy(scores) -> None:
    first = np.array([True, True, True, False, False, False])
    each = [mannwhitneyu(row[first], row[~first]).statistic / 9 for row in scores]
    assert within_set_auc(scores, first).auc == pytest.approx(np.mean(each))
    assert within_set_auc(-scores, first).auc == pytest.approx(1 - np.mean(each))


def test_telling_words_against_statsmodels() -> None:
    texts = ["you go home", "you go out", "you go", "you stay", "you stay out", "you go in"]
    found = {word: rest for word, *rest in telling_words(texts, [1, 1, 1, 0, 0, 0])}
    assert found["go"][:2] == [3, 1]
    assert found["you"] == [3, 3, 0.0]
    assert found["go"][2] == pytest.approx(proportions_ztest([3, 1], [3, 3])[0])
    strengths = [abs(z) for *_, z in found.values()]
    assert strengths == sorted(strengths, reverse=True)
    assert len(telling_words(texts, [1, 1, 1, 0, 0, 0], n=2)) == 2
