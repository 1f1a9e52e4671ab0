"""How tests read a figure."""

from __future__ import annotations

from typing import Any

from mores.report.style import drawing


def outside(figure: Any) -> list[str]:
    """Texts that a figure cuts off."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    with drawing():
        canvas.draw()
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {t.label1 for t in ticks if not axes.axison or not low <= t.get_loc() <= high}
    wide, high = figure.bbox.width, figure.bbox.height
    cut = []
    for text in figure.findobj(Text):
        if text in hidden or not text.get_visible() or not text.get_text().strip():
            continue
        box = text.get_window_extent(canvas.get_renderer())
        if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > high + 1:
            cut.append(text.get_text())
    return cut
