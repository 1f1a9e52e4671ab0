"""Figure 2: how far each framing moves the answers, and how much nearer to the humans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.bars import counted, mark, padded, span_of
from mores.report.framings.context import Basis, ModelTables, ends_of, known
from mores.report.framings.labels import framing_style
from mores.report.numbers import bounds, fixed, signed
from mores.report.style import INK, MUTED, drawing, light_grid, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["overall"]

_PANELS = (
    ("shift", "Shift magnitude", "distance from the baseline, share of the scale"),
    ("alignment", "Directional alignment", "baseline gap − response gap"),
)


def overall(basis: Basis) -> Chart | None:
    """Two panels, a row a framing.

    Returns
    -------
    Chart or None
        None if nothing was measured.
    """
    model = basis.models[0]
    lines = _lines(model)
    if not any(known(r, c) is not None for _, r, _ in lines for c, _, _ in _PANELS):
        return None
    places = [float(k) for k in range(len(lines))]
    with drawing():
        page = sheet(
            "Shift and directional alignment by framing",
            basis.subtitle,
            basis.note(_bars(basis, model, lines)),
            plot=0.34 * (len(lines) + 0.6),
            width=8.4,
            above=0.2,
            below=0.45,
        )
        for left, (column, title, axis) in zip((0.16, 0.6), _PANELS, strict=True):
            axes = page.axes(left, 0.225)
            _panel(axes, lines, places, column)
            axes.set_title(title)
            axes.set_xlabel(axis, size=8)
            if left < 0.5:
                axes.set_yticks(places, [_name(r, f, model) for f, r, _ in lines])
            else:
                axes.set_yticks([])
    rows = [r for _, r, _ in lines]
    caption = (
        "Shift: how far answers under a framing lie from the baseline, the question without a country "
        f"in the study's baseline language. Directional alignment: how much nearer than the baseline "
        f"they lie to the {basis.humans}; positive is nearer, negative farther. Means over rows of a "
        f"unit and a slice, which weigh the same ({counted(rows)}). {_bars(basis, model, lines)}"
    )
    said = "; ".join(
        f"{_name(r, f, model)} shift {fixed(known(r, 'shift'))}, alignment "
        f"{signed(known(r, 'alignment'))}"
        for f, r, _ in lines
    )
    return Chart("figure2_overall", page.figure, caption, f"{said}.")


Line = tuple[str, dict[str, Any], bool]


def _lines(model: ModelTables) -> list[Line]:
    """Framings with their rows, in every form, and whether a mark is hollow."""
    rows = model.rows("overall")
    return [
        (f, r, r.get("form", model.form) != model.form)
        for f in model.framings
        for r in rows
        if r["framing"] == f
    ]


def _name(row: dict[str, Any], framing: str, model: ModelTables) -> str:
    title = framing_style(framing).title
    other = row.get("form", model.form) != model.form
    return f"as {row['form']}s" if other else title


def _panel(axes: Axes, lines: Sequence[Line], places: Sequence[float], column: str) -> None:
    for (framing, row, hollow), y in zip(lines, places, strict=True):
        mark(axes, row, column, y, framing_style(framing), hollow=hollow)
    axes.set_xlim(*padded(span_of([r for _, r, _ in lines], column)))
    axes.set_ylim(places[-1] + 0.6, -0.6)
    if column == "alignment":
        axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    light_grid(axes, "x")
    axes.tick_params(axis="y", length=0)
    show = signed if column == "alignment" else fixed
    for (_, row, _), y in zip(lines, places, strict=True):
        ends = ends_of(row, column)
        text = show(known(row, column))
        if ends:
            text += f" {bounds(*ends, sign=column == 'alignment')}"
        axes.text(1.03, y, text, transform=axes.get_yaxis_transform(), size=7.4, va="center",
                  color=INK)  # fmt: skip


def _bars(basis: Basis, model: ModelTables, lines: Sequence[Line]) -> str:
    said = f"Bars: {basis.level} bootstrap intervals, thick over questions"
    if any(ends_of(r, "alignment", "both") for _, r, _ in lines):
        said += f", thin over questions and {basis.humans}"
    if not any(ends_of(r, "alignment") for _, r, _ in lines):
        said = "Too few questions for intervals"
    hollow = " Hollow: distributions instead of point answers." * any(h for _, _, h in lines)
    return f"{said}.{hollow}"
