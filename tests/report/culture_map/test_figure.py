import re

import numpy as np
import pytest
from map_material import HOSTILE, content, crowd, place
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mores.report.culture_map.content import Cloud, outline
from mores.report.culture_map.figure import LONGEST_NAME, limits, map_chart, short_name
from mores.report.culture_map.placement import overlapping
from mores.report.style import drawing, svg_of

MARK = 2.0
"""Points from a mark's centre that no name may enter, whatever the shape."""


def drawn(found, dpi=200):
    """Boxes of the names, and the centres of the marks, in pixels as rendered."""
    figure = map_chart(found).figure
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    with drawing():
        canvas.draw()
    axes = figure.axes[0]
    names = {short_name(p) for p in found.places}
    texts = [t for t in axes.texts if t.get_text() in names]
    boxes = np.array([t.get_window_extent(canvas.get_renderer()).extents for t in texts])
    marks = axes.transData.transform([(p.x, p.y) for p in found.places])
    return figure, texts, boxes, marks


@pytest.mark.parametrize("dpi", [72, 200])
@pytest.mark.parametrize("n", [30, 64, 110])
def test_names_cover_neither_one_another_nor_a_mark(n, dpi):
    figure, texts, boxes, marks = drawn(content(crowd(n)), dpi)
    assert len(texts) == n
    assert not overlapping(boxes).any()
    outside = np.maximum(boxes[:, None, :2] - marks, marks - boxes[:, None, 2:])
    apart = np.hypot(*np.moveaxis(np.maximum(outside, 0), -1, 0))
    assert apart.min() > MARK * dpi / 72
    frame = figure.axes[0].bbox.extents
    assert (boxes[:, :2] >= frame[:2]).all()
    assert (boxes[:, 2:] <= frame[2:]).all()


def test_equal_content_gives_equal_bytes():
    places = crowd(40)
    assert svg_of(map_chart(content(places)).figure) == svg_of(map_chart(content(places)).figure)


def test_a_unit_is_as_long_on_both_axes():
    for places in (crowd(30), [place("A", 0, 0)], [place("A", -3, 0), place("B", 3, 0.1)]):
        axes = map_chart(content(places)).figure.axes[0]
        unit = axes.transData.transform([(0, 0), (1, 1)])
        across, up = unit[1] - unit[0]
        assert across == pytest.approx(up, rel=1e-6)


def test_what_is_drawn_lies_within_the_limits():
    places = crowd(30)
    left, right, bottom, top = limits(content(places))
    for p in places:
        x, y = outline(p).T
        assert left < x.min() <= x.max() < right
        assert bottom < y.min() <= y.max() < top


def test_an_outline_is_the_ellipse_it_says():
    shape = outline(place("A", 1.0, 2.0, ellipse=(0.5, 0.2, 30.0)), 100) - [1.0, 2.0]
    turn = np.radians(30)
    along = shape @ [np.cos(turn), np.sin(turn)]
    across = shape @ [-np.sin(turn), np.cos(turn)]
    assert np.allclose((along / 0.5) ** 2 + (across / 0.2) ** 2, 1)
    assert np.abs(along).max() == pytest.approx(0.5, abs=1e-3)
    assert outline(place("A", 1.0, 2.0, ellipse=None)) is None


def test_the_figure_says_what_it_shows():
    words = svg_of(map_chart(content(crowd(12), level=0.9, constants="tao2024")).figure)
    for part in ("small · 12 countries · 14,400 respondents · WVS wave 7", "90\u00a0% confidence"):
        assert part in words
    assert "fitted on these respondents" in words
    assert "Tao et al. (2024)" in words
    assert "rotation held fixed" in words
    assert "Survival" in words
    assert "Secular-rational" in words
    assert "synthetic" not in words.lower()


def test_synthetic_is_said():
    found = content(crowd(5), synthetic=True)
    words = svg_of(map_chart(found).figure)
    assert "small (synthetic)" in words
    assert "SYNTHETIC" in words
    assert "no real people" in words
    assert "Synthetic" in map_chart(found).alt
    assert "SYNTHETIC AXES" in svg_of(map_chart(content(crowd(5), synthetic_rotation=True)).figure)


def test_partial_places_are_hollow_and_named():
    places = crowd(6)
    figure = map_chart(content(places)).figure
    marks = {
        (line.get_xdata()[0], line.get_ydata()[0]): line.get_markerfacecolor()
        for line in figure.axes[0].lines
        if len(line.get_xdata()) == 1
    }
    for p in places:
        assert (marks[p.x, p.y] == "#ffffff") == p.partial
    assert f"Hollow: not asked all ten indicators ({places[3].name})." in svg_of(figure)


def test_groups_left_out_for_their_size_are_counted_in_the_note():
    found = content(crowd(4), withheld=1234, least=10, grouping=("group", "groups"))
    assert map_chart(found).caption.splitlines()[-1] == (
        "1,234 groups of fewer than 10 respondents are left out, so that no respondent's own "
        "position is shown."
    )
    assert "1,234 groups of fewer than 10 respondents" in svg_of(map_chart(found).figure)
    assert "left out" not in map_chart(content(crowd(4))).caption


def test_tracks_are_lines_with_one_name():
    places = [
        place(f"Chile, wave {w}", 0.1 * w, 0.2 * w, "Latin America", track="Chile", step=w)
        for w in (7, 5, 6)
    ]
    figure, texts, _, _ = drawn(content(places))
    assert [t.get_text() for t in texts] == ["Chile"]
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
    assert [list(line.get_xdata()) for line in lines] == [pytest.approx([0.5, 0.6, 0.7])]


def test_clouds_are_drawn_and_explained():
    ring = 2.5 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    found = content(crowd(5), clouds=(Cloud("Egypt", "", 900, [(0.9, [ring])]),))
    figure = map_chart(found).figure
    assert len(figure.axes[0].patches) == 1
    assert limits(found)[0] < -2.5
    assert "90 % of the respondents of Egypt" in svg_of(figure)


@pytest.mark.parametrize("name", [HOSTILE, "", "x" * 5000, "$\\frac{", "漢字", "\ud800"])
def test_names_of_others_do_no_harm(name):
    found = content([place(name, 0, 0), place("B", 1, 1)], name=name, synthetic=True)
    svg = svg_of(map_chart(found).figure)
    assert "<img" not in svg
    assert "\u202e" not in svg
    svg.encode("utf-8")
    assert len(short_name(found.places[0])) <= LONGEST_NAME


def test_a_map_without_ellipses_or_zones():
    svg = svg_of(map_chart(content([place("A", 0, 0, ellipse=None)])).figure)
    assert re.search(r">A</text>", svg)
