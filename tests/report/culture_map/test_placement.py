import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.report.culture_map.placement import overlapping, place_labels

BOUNDS = (0.0, 0.0, 500.0, 400.0)
RADIUS = 3.0

points = st.lists(st.tuples(st.floats(5, 495), st.floats(5, 395)), min_size=1, max_size=25).map(
    lambda pairs: np.array(pairs, dtype=float)
)


def sizes(n, width=40.0):
    return np.column_stack([width + 7.0 * (np.arange(n) % 4), np.full(n, 9.0)])


def distances(marks, boxes):
    outside = np.maximum(boxes[:, None, :2] - marks, marks - boxes[:, None, 2:])
    return np.hypot(*np.moveaxis(np.maximum(outside, 0), -1, 0))


@settings(max_examples=40, deadline=None)
@given(points)
def test_nothing_shown_covers_anything_else(at):
    found = place_labels(at, sizes(len(at)), BOUNDS, RADIUS)
    boxes = found.boxes[found.shown]
    assert not overlapping(boxes).any()
    assert (distances(at, boxes) >= RADIUS).all()
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= [500, 400]).all()
    again = place_labels(at, sizes(len(at)), BOUNDS, RADIUS)
    assert np.array_equal(found.boxes, again.boxes)


def test_overlapping_agrees_with_a_plain_loop():
    random = np.random.default_rng(0)
    low = random.uniform(0, 10, (30, 2))
    boxes = np.concatenate([low, low + random.uniform(0.5, 3, (30, 2))], axis=1)

    def slow(a, b):
        return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

    expected = [[i != j and slow(a, b) for j, b in enumerate(boxes)] for i, a in enumerate(boxes)]
    assert np.array_equal(overlapping(boxes), expected)
    assert overlapping(np.array([[0, 0, 1, 1], [1.5, 0, 2, 1]]), gap=0.6)[0, 1]
    assert not overlapping(np.array([[0, 0, 1, 1], [1.5, 0, 2, 1]]), gap=0.4)[0, 1]


def test_a_label_alone_stands_to_the_right_without_a_line():
    found = place_labels(np.array([[100.0, 100.0]]), sizes(1), BOUNDS, RADIUS, gap=1.0)
    assert found.boxes[0] == pytest.approx([104, 95.5, 144, 104.5])
    assert not found.moved[0]


def test_a_label_stands_outside_its_ring_where_there_is_room():
    turn = np.linspace(0, 2 * np.pi, 40)
    found = place_labels(
        np.array([[100.0, 100.0]]),
        sizes(1),
        BOUNDS,
        RADIUS,
        faint=100.0 + 10.0 * np.column_stack([np.cos(turn), np.sin(turn)]),
        halo=np.array([10.0]),
    )
    assert found.boxes[0, 0] == pytest.approx(111)
    assert not found.moved[0]


def test_marks_without_a_label_stay_free():
    taken = np.array([[x, y] for x in range(110, 160, 8) for y in range(90, 115, 8)], dtype=float)
    found = place_labels(np.array([[100.0, 100.0]]), sizes(1), BOUNDS, RADIUS, obstacles=taken)
    assert found.shown[0]
    assert (distances(taken, found.boxes) >= RADIUS).all()


def test_points_in_one_place_get_labels_apart_with_lines():
    at = np.tile([250.0, 200.0], (14, 1))
    found = place_labels(at, sizes(14), BOUNDS, RADIUS)
    assert found.shown.all()
    assert found.moved.any()
    assert not overlapping(found.boxes).any()


def test_what_has_no_room_is_left_out_and_nothing_overlaps():
    random = np.random.default_rng(1)
    at = random.uniform(0, 60, (30, 2))
    found = place_labels(at, sizes(30), (0.0, 0.0, 60.0, 60.0), RADIUS)
    assert not found.shown.all()
    assert not overlapping(found.boxes[found.shown]).any()


def test_no_points_no_labels():
    found = place_labels(np.empty((0, 2)), np.empty((0, 2)), BOUNDS, RADIUS)
    assert found.boxes.shape == (0, 4)
