"""Readings against what was meant, and detection of planted faults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import recall_score

from mores.measures.readings import detection, reading_agreement


def test_counts_and_wilson_worked_by_hand():
    meant = np.zeros((10, 2), int)
    read = meant.copy()
    read[0, 0] = 1
    read[1, 0] = -1
    found = reading_agreement(meant, read)
    assert found.n == 10
    assert found.recovered.tolist() == [8, 10]
    assert found.contradicted.tolist() == [1, 0]
    assert found.unclear.tolist() == [1, 0]
    assert found.contradiction_rate.tolist() == [0.1, 0.0]
    # Wilson for 1 of 10, z = 1.959964: centre .24 …, (0.0179, 0.4042)
    assert found.contradiction.low[0] == pytest.approx(0.01788, abs=1e-5)
    assert found.contradiction.high[0] == pytest.approx(0.40415, abs=1e-5)
    assert found.recovery.high[1] == 1.0


@given(arrays(np.int8, (7, 3), elements=st.integers(0, 3)), st.data())
def test_every_text_is_recovered_contradicted_or_unclear(meant, data):
    read = data.draw(arrays(np.int8, (7, 3), elements=st.integers(-1, 3)))
    found = reading_agreement(meant, read)
    assert (found.recovered + found.contradicted + found.unclear == 7).all()
    order = data.draw(st.permutations(range(7)))
    again = reading_agreement(meant[order], read[order])
    assert (again.contradicted == found.contradicted).all()


def test_nothing_read_has_no_rate():
    found = reading_agreement(np.zeros((0, 2), int), np.zeros((0, 2), int))
    assert found.n == 0
    assert np.isnan(found.recovery_rate).all()
    assert np.isnan(found.recovery.low).all()


@pytest.mark.parametrize(
    ("meant", "read", "said"),
    [
        ([[0, 1]], [[0]], "shape"),
        ([[0, -1]], [[0, 0]], "meant holds -1"),
        ([[0, 1]], [[0, -2]], "read holds -2"),
        ([[0.5, 1]], [[0, 1]], "whole numbers"),
        ([0, 1], [0, 1], "one row a text"),
    ],
)
def test_what_cannot_be_compared_is_refused(meant, read, said):
    with pytest.raises(ValueError, match=said):
        reading_agreement(meant, read)


def test_detection_agrees_with_an_independent_recall():
    random = np.random.default_rng(3)
    planted = random.random((200, 10)) < 0.1
    found = planted ^ (random.random((200, 10)) < 0.2)
    seen = detection(planted, found)
    assert seen.sensitivity == pytest.approx(recall_score(planted.ravel(), found.ravel()))
    clean = recall_score(~planted.ravel(), ~found.ravel())
    assert seen.false_alarm_rate == pytest.approx(1 - clean)
    assert seen.planted + seen.clean == 2000
    assert seen.sensitivity_interval.low < seen.sensitivity < seen.sensitivity_interval.high


def test_detection_without_plants_has_no_sensitivity():
    seen = detection(np.zeros((3, 2), bool), np.zeros((3, 2), bool))
    assert np.isnan(seen.sensitivity)
    assert seen.false_alarm_rate == 0
    with pytest.raises(ValueError, match="truth values"):
        detection([[1]], [[1]])
