"""Figures 8 and 9: what second readings of biographies found, and whom they are about."""

from __future__ import annotations

from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, known, whole
from mores.report.grounded_personas.dots import Dot, Line, draw, legend, limits
from mores.report.grounded_personas.labels import (
    FormStyle,
    attribute_title,
    form_style,
    safe,
    variable_title,
)
from mores.report.numbers import count, fixed, percent
from mores.report.style import SERIES, drawing, sheet

__all__ = ["contradictions", "demographics"]

WIDTH = 7.4
_UNCLEAR = FormStyle("unclear", "Not recovered, nor contradicted", SERIES[3], "s")


def contradictions(basis: Basis) -> Chart | None:
    """Share of biographies in which another level was read, by variable and of stories as wholes.

    Returns
    -------
    Chart or None
        None if none was read.
    """
    model = basis.models[0]
    rows = [r for r in model.rows("biography_checks") if known(r, "rate") is not None]
    if not rows:
        return None
    look = form_style("biography")
    lines = []
    for row in rows:
        low, high = known(row, "low"), known(row, "high")
        n, unclear = whole(row, "n") or 0, whole(row, "unclear") or 0
        ends = None if low is None or high is None else (low, high)
        marks = [Dot(known(row, "rate") or 0.0, ends, look)]
        marks += [Dot(unclear / n, None, _UNCLEAR, hollow=True)] if n else []
        lines.append(Line(variable_title(row["variable"]), marks))
    written = basis.told or "biographies"
    told = (
        "Filled: share of stories from which a second reading recovers another level than was asked "
        f"for, with Wilson's {basis.level} interval; last row: in any of the ten. Hollow: stories from "
        "which no level can be read."
    )
    with drawing():
        page = sheet(
            "Contradictions of biographies with their configurations",
            f"{written} · accepted and rejected alike",
            basis.note(told),
            plot=0.3 * len(lines),
            width=WIDTH,
            above=0.1,
            below=0.45,
        )
        axes = page.axes(1.85 / WIDTH, (WIDTH - 2.1) / WIDTH)
        draw(axes, lines)
        axes.set_xlim(*limits(lines, 0.0, 0.05))
        axes.set_xlabel("share of biographies (0 to 1)", size=8)
        figure = page.figure
    caption = (
        f"Contradictions by variable in {count(whole(rows[0], 'n'))} biographies that were "
        f"read{basis.labels}. {told}"
    )
    said = "; ".join(f"{variable_title(r['variable'])} {percent(known(r, 'rate'))}" for r in rows)
    return Chart("figure8_contradictions", figure, caption, f"Contradicted: {said}.")


def demographics(basis: Basis) -> Chart | None:
    """Shares of levels among the people of biographies, and among the respondents.

    Returns
    -------
    Chart or None
        None if no biography says whom it is about.
    """
    model = basis.models[0]
    rows = [r for r in model.rows("demographics") if known(r, "share_biographies") is not None]
    if not rows:
        return None
    lines = _levels(model)
    look = form_style("biography")
    told = (
        f"Triangles: share of accepted biographies, with Wilson's {basis.level} interval. Diamonds: "
        f"weighted share of the {basis.humans}, where the survey has the attribute. Each biography "
        "counts once, whatever the prevalence of its configuration."
    )
    with drawing():
        page = sheet(
            f"Whom biographies are about, and {basis.humans}",
            basis.told or "biographies",
            basis.note(told),
            plot=0.2 * len(lines),
            width=WIDTH,
            above=0.35,
            below=0.45,
        )
        axes = page.axes(2.2 / WIDTH, (WIDTH - 2.45) / WIDTH)
        draw(axes, lines)
        axes.set_xlim(0, limits(lines, 0.0)[1])
        axes.set_xlabel("share within the attribute (0 to 1)", size=8)
        names = {"biography": "Biographies"}
        legend(
            page.figure,
            [(look.form, "")],
            [("humans", basis.humans.capitalize())],
            (0.36 / WIDTH, page.bottom + page.height + 0.06 / page.figure.get_figheight()),
            names,
        )
        figure = page.figure
    n = sum(int(r["n_biographies"]) for r in rows if r["attribute"] == rows[0]["attribute"])
    caption = f"Demographics of {count(n)} accepted biographies{basis.labels}. {told}"
    return Chart("figure9_demographics", figure, caption, _alt(model))


def _levels(model: ModelTables) -> list[Line]:
    lines, last = [], ""
    look = form_style("biography")
    for row in model.rows("demographics"):
        if row["attribute"] != last:
            last = row["attribute"]
            apart = known(row, "total_variation")
            far = "" if apart is None else f": distance {fixed(apart, 2)}"
            lines.append(Line(f"{attribute_title(last)}{far}"))
        share, low, high = (known(row, c) for c in ("share_biographies", "low", "high"))
        ends = None if low is None or high is None else (low, high)
        human = known(row, "share_humans")
        lines.append(
            Line(
                safe(row["level"][:1].upper() + row["level"][1:], 34),
                [None if share is None else Dot(share, ends, look)],
                [] if human is None else [("humans", human)],
            )
        )
    return lines


def _alt(model: ModelTables) -> str:
    said = []
    for row in model.rows("demographics"):
        human = known(row, "share_humans")
        beside = f" (humans {percent(human)})" if human is not None else ""
        said.append(f"{safe(row['level'])} {percent(known(row, 'share_biographies'))}{beside}")
    return f"Shares: {'; '.join(said)}."
