import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import InstrumentError
from mores.instruments.scales import MAX_OPTIONS, own_scale, scales

SCORES = (1.0, 0.6, 0.2, -0.2, -0.6, -1.0)


def test_the_shipped_scales():
    agreement, action = scales()["agreement-6"], scales()["action-6"]
    assert list(scales()) == ["agreement-6", "action-6"]
    assert agreement.labels == (
        "strongly agree", "agree", "somewhat agree",
        "somewhat disagree", "disagree", "strongly disagree",
    )  # fmt: skip
    assert [option.id for option in action.options] == [
        "a-strong", "a-moderate", "a-mild", "b-mild", "b-moderate", "b-strong",
    ]  # fmt: skip
    assert agreement.scores == action.scores == SCORES
    for scale_id, scale in scales().items():
        assert scale.id == scale_id


def test_the_steps_of_a_shipped_scale_are_equal():
    for scale in scales().values():
        assert np.diff(scale.scores) == pytest.approx(np.full(5, -0.4))


def test_a_scale_of_ones_own():
    scale = own_scale("thirds", ["Yes!", "maybe so", "no"], [1, 0, -1])
    assert [(o.id, o.label, o.score) for o in scale.options] == [
        ("yes", "Yes!", 1.0),
        ("maybe-so", "maybe so", 0.0),
        ("no", "no", -1.0),
    ]
    assert all(type(score) is float for score in scale.scores)


@pytest.mark.parametrize("labels", [["+", "-"], ["1", "-1"], ["option 2", "+"]])
def test_labels_without_words_get_numbered_ids(labels):
    assert [o.id for o in own_scale("s", labels, [1, -1]).options] == ["option-1", "option-2"]


def test_labels_in_other_scripts_keep_their_words():
    assert [o.id for o in own_scale("s", ["हाँ", "नहीं"], [1, -1]).options] == ["हाँ", "नहीं"]


def test_numbers_of_numpy_are_numbers():
    assert own_scale("s", ("a", "b"), np.array([0.5, -0.5])).scores == (0.5, -0.5)


@pytest.mark.parametrize(
    ("labels", "scores", "says"),
    [
        (["a"], [1], "1 options; allowed: 2 to 26"),
        ([], [], "0 options; allowed: 2 to 26"),
        (["a"] * 0 + [f"o{n}" for n in range(27)], [1, -1] + [0] * 25, "27 options"),
        (["a", "A "], [1, -1], "label 2, 'A ', reads as 'a' does"),
        (["a", ""], [1, -1], "label 2 is ''"),
        (["a", " "], [1, -1], "label 2 is ' '"),
        (["a", "b\nc"], [1, -1], "label 2 is"),
        (["a", 3], [1, -1], "label 2 is 3"),
        (["a", "b"], [1], "2 labels and 1 scores"),
        (["a", "b"], [1, -1.01], "score 2 is -1.01; allowed: a number from -1 to 1"),
        (["a", "b"], [1, float("nan")], "score 2 is nan"),
        (["a", "b"], [float("inf"), -1], "score 1 is inf"),
        (["a", "b"], [10**400, -1], "score 1 is 1000"),
        (["a", "b"], [True, -1], "score 1 is True"),
        (["a", "b"], ["1", -1], "score 1 is '1'"),
        (["a", "b"], [None, -1], "score 1 is None"),
        (["a", "b"], [1, 0], "at least one must be above 0 (agrees) and one below 0"),
        (["a", "b"], [-1, -0.5], "at least one must be above 0"),
        ("ab", [1, -1], "labels and scores must be lists"),
        (["a", "b"], "12", "labels and scores must be lists"),
    ],
)
def test_a_faulty_scale_is_told(labels, scores, says):
    with pytest.raises(InstrumentError, match=re.escape(says)) as error:
        own_scale("mine", labels, scores)
    assert "'mine'" in str(error.value)


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=MAX_OPTIONS).filter(
        lambda scores: max(scores) > 0 > min(scores)
    )
)
def test_any_scores_within_bounds_on_both_sides_make_a_scale(scores):
    scale = own_scale("s", [f"label {n}" for n in range(len(scores))], scores)
    assert scale.scores == tuple(scores)
    assert len({option.id for option in scale.options}) == len(scores)
