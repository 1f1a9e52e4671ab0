"""Where personas help and where they do not: by value, and by persona."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.numbers import number_of
from mores.report.style import INK, MUTED, SERIES, drawing, light_grid, sheet
from mores.report.value_action.labels import (
    ALL,
    BASELINE,
    groups_of,
    persona_label,
    renderings_of,
    values_by_type,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mores.report.value_action.context import Findings

__all__ = ["delta_by_value", "personas"]

_ROW = 0.172
_MOST_NAMED = 26
_DISC = 0.17
SIGNIFICANT = 0.05


def delta_by_value(found: Findings, rendering: str, first: bool = True) -> Chart:
    """Alignment distance of each value without and with personas, and the difference.

    Parameters
    ----------
    found : Findings
    rendering : str
        Of the personas that are shown.
    first : bool
        The study's first rendering, whose figure has the plain name.
    """
    import polars as pl

    table = found.tables["alignment_by_value"]
    bare = {r["value"]: r for r in table.filter(pl.col("category") == BASELINE).rows(named=True)}
    part = table.filter(pl.col("category") == ALL, pl.col("rendering") == rendering)
    with_persona = {r["value"]: r for r in part.rows(named=True)}
    kinds = values_by_type({v: found.values[v] for v in with_persona})
    places: dict[str, float] = {}
    spans, at = [], 0.0
    for kind, members in kinds.items():
        ranked = sorted(members, key=lambda v: -(with_persona[v]["ad_delta"] or 0.0))
        spans.append((kind, at, at + len(ranked) - 1))
        places |= {v: at + i for i, v in enumerate(ranked)}
        at += len(ranked) + 0.6
    tested = any(r["ad_delta_low"] is not None for r in with_persona.values())
    note = found.source(
        f"Bars: {found.level} bootstrap intervals over the dilemmas of a value. Filled: p < .05 "
        "after adjustment for all tests of the table."
        if tested
        else "Too few dilemmas a value for intervals or tests."
    )
    wording = _wording(found, rendering)
    with drawing():
        page = sheet(
            "Gain or loss by value",
            f"{found.who} · all personas{wording} against none",
            note,
            plot=_ROW * (at + 0.6),
            width=8.4,
            above=0.2,
        )
        left, right = page.axes(0.35, 0.265), page.axes(0.665, 0.315)
        _dumbbells(left, places, bare, with_persona)
        _forest(right, places, with_persona)
        _value_names(left, found.values, places, spans)
        for axes in (left, right):
            axes.set_ylim(at - 0.3, -0.8)
            light_grid(axes, "x")
        right.set_yticks([])
    n = {r["n_dilemmas"] for r in with_persona.values()}
    dilemmas = number_of(max(n, default=0), "dilemma")
    if len(n) > 1:
        dilemmas = f"{min(n)} to {dilemmas}"
    caption = (
        "Left: alignment distance of each value without a persona (square) and over all personas"
        f"{wording} (diamond). Right: the difference, positive where personas bring action closer to "
        f"stated value. Each rests on {dilemmas}, "
    ) + (
        f"over which the {found.level} bootstrap intervals are. Filled points differ from zero with "
        "p < .05 after adjustment (Benjamini–Hochberg) for all tests of the table; hollow ones do not."
        if tested
        else "too few for an interval or a test: read the pattern, not single values."
    )
    better = sum(1 for r in with_persona.values() if (r["ad_delta"] or 0) > 0)
    alt = f"Estimates lie on the side of a gain for {better} of {len(with_persona)} values."
    return Chart(_named("figure_delta_by_value", rendering, first), page.figure, caption, alt)


def _wording(found: Findings, rendering: str) -> str:
    """Names the rendering where the study has several."""
    several = len(renderings_of(found.tables["alignment_by_category"])) > 1
    return f", worded as {rendering}," if several else ""


def _named(name: str, rendering: str, first: bool) -> str:
    return name if first else f"{name}_{rendering}"


def _dumbbells(axes: Axes, places: dict[str, float], bare: Any, with_persona: Any) -> None:
    for value, y in places.items():
        before = bare.get(value, {}).get("alignment_distance")
        after = with_persona[value]["alignment_distance"]
        if before is not None and after is not None:
            axes.plot([before, after], [y, y], color=MUTED, linewidth=0.9, zorder=1)
        if before is not None:
            axes.plot(before, y, "s", markersize=3.8, color=SERIES[0])
        if after is not None:
            axes.plot(after, y, "D", markersize=3.8, color=SERIES[1])
    axes.set_xlim(left=0)
    axes.set_xlabel("alignment distance (0 to 2)")
    axes.set_title("■ no persona   ◆ all personas", size=8, weight="normal")


def _forest(axes: Axes, places: dict[str, float], rows: Any) -> None:
    axes.axvline(0, color=MUTED, linewidth=0.9)
    for value, y in places.items():
        row = rows[value]
        delta, low, high = row["ad_delta"], row["ad_delta_low"], row["ad_delta_high"]
        if delta is None:
            continue
        sure = row["ad_p_adjusted"] is not None and row["ad_p_adjusted"] < SIGNIFICANT
        colour = SERIES[1] if delta > 0 else SERIES[2]
        if low is not None and high is not None:
            axes.plot([low, high], [y, y], color=colour, linewidth=1.3)
        axes.plot(delta, y, "o", markersize=4, color=colour, markeredgewidth=1.0,
                  markerfacecolor=colour if sure else "#ffffff")  # fmt: skip
    axes.set_xlabel("difference in distance (Δ)")
    axes.set_title("← loss     gain →", size=8, weight="normal", loc="center")


def _value_names(
    axes: Axes,
    names: Mapping[str, str],
    places: dict[str, float],
    spans: Sequence[tuple[str, float, float]],
) -> None:
    axes.set_yticks(list(places.values()), [names[v] for v in places], size=7.2)
    for kind, low, high in spans:
        axes.text(-1.29, low, kind, transform=axes.get_yaxis_transform(), size=7.5, va="center",
                  color=MUTED)  # fmt: skip
        axes.plot([-0.86] * 2, [low - 0.42, high + 0.42], transform=axes.get_yaxis_transform(),
                  color=MUTED, linewidth=0.8, clip_on=False)  # fmt: skip


def personas(found: Findings, rendering: str, first: bool = True) -> Chart:
    """Personas where they stand on the map, and their distance against their congruence."""
    import polars as pl

    table = found.tables["alignment_by_persona"].filter(
        pl.col("rendering") == rendering, pl.col("map_x").is_not_null()
    )
    groups = groups_of(table.select("category", "rendering").rows())
    colours = {g.category: g.colour for g in groups}
    rows = table.rows(named=True)
    note = found.source(f"Bars: {found.level} bootstrap intervals over dilemmas.")
    named = rows[:_MOST_NAMED]
    lines = -(-len(named) // 3)
    with drawing():
        page = sheet(
            "Personas: place, congruence and distance",
            f"{found.who}{_wording(found, rendering).rstrip(',').replace(',', ' · personas')}",
            note,
            plot=3.0,
            width=8.4,
            below=0.66 + 0.19 * lines,
        )
        left, right = page.axes(0.085, 0.375), page.axes(0.565, 0.415)
        _map(left, rows, colours)
        _against_congruence(right, rows, colours, found.baseline)
        _number_key(page.figure, named, colours, page.bottom, len(rows))
    caption = (
        "Left: where each persona is expected on the cultural map, from its ten levels. Right: "
        "alignment distance (lower is better) against how well its beliefs fit together (1: they "
        f"belong together; 0: they pull apart), with {found.level} bootstrap intervals over "
        "dilemmas. Dashed: no persona. Place and congruence are no outcomes of the model: they "
        "follow from the persona's levels. Discs that would cover one another stand side by side."
    )
    alt = "Personas with their alignment distance: " + "; ".join(
        f"{persona_label(r['persona'], r['category'])} {r['alignment_distance']:.3f}"
        for r in named
        if r["alignment_distance"] is not None
    )
    return Chart(_named("figure_personas", rendering, first), page.figure, caption, alt)


def _map(axes: Axes, rows: Sequence[dict[str, Any]], colours: dict[str, str]) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.7)
    axes.axvline(0, color=MUTED, linewidth=0.7)
    axes.set_xlim(-1.15, 1.15)
    axes.set_ylim(-1.15, 1.15)
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    axes.set_xlabel("survival → self-expression")
    axes.set_ylabel("traditional → secular", labelpad=0)
    places = _apart(axes, [(row["map_x"], row["map_y"]) for row in rows], False)
    for number, (row, (x, y)) in enumerate(zip(rows, places, strict=True), start=1):
        _numbered(axes, x, y, number, colours[row["category"]])


def _apart(
    axes: Axes, points: Sequence[tuple[float, float]], bars: bool
) -> list[tuple[float, float]]:
    """Points, each moved to the right until neither its disc nor its bar covers one before it."""
    to_inches = axes.transData + axes.figure.dpi_scale_trans.inverted()
    placed: list[tuple[float, float]] = []
    for point in points:
        x, y = (float(v) for v in to_inches.transform(point))
        while any(
            (x - a) ** 2 + (y - b) ** 2 < (0.8 * _DISC) ** 2 or (bars and abs(x - a) < 0.3 * _DISC)
            for a, b in placed
        ):
            x += 0.15 * _DISC
        placed.append((x, y))
    back = to_inches.inverted()
    return [(float(x), float(y)) for x, y in (back.transform(p) for p in placed)]


def _numbered(axes: Axes, x: float, y: float, number: int, colour: str) -> None:
    axes.plot(x, y, "o", markersize=72 * _DISC, color=colour, zorder=3, markeredgecolor="#ffffff",
              markeredgewidth=0.8, clip_on=False)  # fmt: skip
    axes.text(x, y, str(number), color="#fefefe", size=7, weight="bold", ha="center",
              va="center_baseline", zorder=4)  # fmt: skip


def _against_congruence(
    axes: Axes,
    rows: Sequence[dict[str, Any]],
    colours: dict[str, str],
    baseline: dict[str, Any] | None,
) -> None:
    bare = None if baseline is None else baseline["alignment_distance"]
    coded = [(n, r) for n, r in enumerate(rows, start=1) if r["alignment_distance"] is not None]
    reach = [x for _, r in coded for x in (r["ad_low"], r["ad_high"], r["alignment_distance"])]
    reach = [x for x in [*reach, bare] if x is not None] or [0.0, 1.0]
    room = 0.08 * (max(reach) - min(reach) or 0.1)
    axes.set_xlim(-0.06, 1.12)
    axes.set_ylim(max(0.0, min(reach) - room), max(reach) + room)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    if bare is not None:
        axes.axhline(bare, color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        axes.text(0.995, bare, "no persona", size=7.5, color=MUTED, ha="right", va="bottom",
                  transform=axes.get_yaxis_transform())  # fmt: skip
    places = _apart(axes, [(r["congruence"], r["alignment_distance"]) for _, r in coded], True)
    for (number, row), (x, y) in zip(coded, places, strict=True):
        colour = colours[row["category"]]
        if row["ad_low"] is not None and row["ad_high"] is not None:
            axes.vlines(x, row["ad_low"], row["ad_high"], color=colour, linewidth=1.4)
        _numbered(axes, x, y, number, colour)
    axes.set_xlabel("congruence of beliefs (0 to 1)")
    axes.set_ylabel("alignment distance (0 to 2)")
    light_grid(axes, "y")
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(True)


def _number_key(
    figure: Any, rows: Sequence[dict[str, Any]], colours: dict[str, str], bottom: float, total: int
) -> None:
    height = figure.get_figheight()
    lines = -(-len(rows) // 3)
    for i, row in enumerate(rows):
        column, line = divmod(i, lines)
        y = bottom - (0.62 + 0.19 * line) / height
        figure.text(0.02 + column * 0.325, y, str(i + 1), color=colours[row["category"]], size=8,
                    weight="bold", va="center")  # fmt: skip
        figure.text(0.045 + column * 0.325, y, f"{row['category']}: "
                    f"{persona_label(row['persona'], row['category'])}", size=7.8, va="center",
                    color=INK)  # fmt: skip
    if total > len(rows):
        figure.text(0.98, bottom - 0.62 / height, f"… {total} in all", size=7.8, ha="right",
                    va="center", color=MUTED)  # fmt: skip
