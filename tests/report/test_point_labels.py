import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mores.report.culture_map.placement import overlapping
from mores.report.point_labels import in_points, write_names
from mores.report.style import drawing, sheet


def axes_of(points):
    with drawing():
        axes = sheet("T", "s", "n", plot=3.0).axes(0.1, 0.85)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.plot(*np.transpose(points), "o")
    return axes


def test_points_are_72_to_the_inch():
    axes = axes_of([(0.5, 0.5)])
    low, high = in_points(axes, [(0, 0), (1, 1)])
    figure = axes.figure
    assert high[0] - low[0] == 0.85 * figure.get_figwidth() * 72
    assert np.isclose(high[1] - low[1], 3.0 * 72)
    assert in_points(axes, ()).shape == (0, 2)


def test_names_keep_apart_and_within_the_axes():
    points = np.random.default_rng(3).uniform(0.3, 0.7, (14, 2))
    axes = axes_of(points)
    with drawing():
        missing = write_names(axes, points, [f"name {k}" for k in range(14)], size=7, mark=5)
        canvas = FigureCanvasAgg(axes.figure)
        canvas.draw()
    assert len(axes.texts) == 14 - missing
    boxes = np.array([t.get_window_extent(canvas.get_renderer()).extents for t in axes.texts])
    assert not overlapping(boxes).any()
    frame = axes.bbox.extents
    assert (boxes[:, :2] >= frame[:2] - 1).all()
    assert (boxes[:, 2:] <= frame[2:] + 1).all()


def test_a_name_without_room_is_counted_and_left_out():
    points = [(0.5, 0.5), (0.2, 0.2)]
    axes = axes_of(points)
    with drawing():
        assert write_names(axes, points, ["x" * 400, "short"], size=7, mark=5) == 1
    assert [t.get_text() for t in axes.texts] == ["short"]
