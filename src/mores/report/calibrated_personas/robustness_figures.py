"""Figures 5 and 6: how much the wording of guidance and descriptors matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from mores.report.blocks import Chart
from mores.report.calibrated_personas.boxes import WHISKERS, draw_boxes
from mores.report.calibrated_personas.context import ERROR, Basis, known
from mores.report.calibrated_personas.labels import (
    ALL_COUNTRIES,
    arm_style,
    arms_of,
    descriptors_title,
    guidance_title,
)
from mores.report.numbers import fixed, number_of, p_equals
from mores.report.style import INK, MUTED, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["descriptor_sets", "guidance_variants", "stars", "variants_of"]

Boxes = dict[str, dict[str, list[float]]]


def stars(p: float) -> str:
    """A p value as stars: ``****`` below 10⁻⁴, to ``ns`` from .05."""
    for mark, bound in (("****", 1e-4), ("***", 1e-3), ("**", 1e-2), ("*", 0.05)):
        if p < bound:
            return mark
    return "ns"


def variants_of(basis: Basis, column: str, other: str) -> Boxes:
    """Absolute errors by arm and variant, of arms that were asked in at least two.

    Parameters
    ----------
    basis : Basis
    column : str
        ``"guidance"`` or ``"descriptors"``: what varies.
    other : str
        The other one, held at what stands for the arm.
    """
    found: Boxes = {}
    for model in basis.models:
        place = 1 if other == "descriptors" else 0
        for row in model.rows("errors"):
            error = known(row, "absolute_error")
            held = model.reference.get(row["arm"])
            if error is None or held is None or (row.get(other) or "") != held[place]:
                continue
            found.setdefault(row["arm"], {}).setdefault(row.get(column) or "", []).append(error)
    return {arm: found[arm] for arm in arms_of(found) if len(found[arm]) > 1}


def guidance_variants(basis: Basis) -> Chart | None:
    """Boxes of errors over countries and questions, one a variant, a panel an arm."""
    boxes = variants_of(basis, "guidance", "descriptors")
    if not boxes:
        return None
    names = {g for own in boxes.values() for g in own}
    mean = {g: _mean([e for own in boxes.values() for e in own.get(g, [])]) for g in names}
    order = sorted(names, key=lambda g: (mean[g], g))
    return _panels(
        basis,
        boxes,
        order,
        [guidance_title(g) for g in order],
        "figure5_guidance",
        "Error by wording of the guidance",
        "Variants from the lowest mean error, over the arms shown, downwards.",
    )


def descriptor_sets(basis: Basis) -> Chart | None:
    """Boxes of errors, one a descriptor set, with the tests between them."""
    boxes = variants_of(basis, "descriptors", "guidance")
    if not boxes:
        return None
    order = list(dict.fromkeys(d for own in boxes.values() for d in own))
    tests = _mann_whitney(basis)
    told = (
        "Stars: two-sided Mann–Whitney U test, p adjusted by Benjamini and Hochberg; ns p ≥ .05, "
        "* < .05, ** < .01, *** < .001, **** < .0001."
        if tests
        else "No tests between the sets are in the tables."
        if basis.single
        else "Tests between the sets are in the report of each run."
    )
    return _panels(
        basis,
        boxes,
        order,
        [descriptors_title(d).capitalize() for d in order],
        "figure6_descriptors",
        "Error by set of value descriptors",
        told,
        tests,
    )


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 9.0


Pairs = Mapping[tuple[str, frozenset[str]], float]


def _mann_whitney(basis: Basis) -> dict[tuple[str, frozenset[str]], float]:
    """Adjusted p by arm and pair of descriptor sets; those of one model alone can be shown."""
    if not basis.single:
        return {}
    found: dict[tuple[str, frozenset[str]], float] = {}
    for row in basis.models[0].rows("tests"):
        same = row["arm_a"] == row["arm_b"] and row.get("guidance_a") == row.get("guidance_b")
        pair = frozenset((row.get("descriptors_a") or "", row.get("descriptors_b") or ""))
        p = known(row, "p_adjusted")
        over_all = row.get("country") in (ALL_COUNTRIES, "", None)
        same = same and row["measure"] == ERROR
        if "mann" in row["test"].lower() and same and len(pair) == 2 and over_all and p is not None:
            found.setdefault((row["arm_a"], pair), p)
    return found


def _panels(
    basis: Basis,
    boxes: Boxes,
    order: Sequence[str],
    titles: Sequence[str],
    name: str,
    heading: str,
    told: str,
    tests: Pairs | None = None,
) -> Chart:
    """A panel an arm, boxes to the right, the panels' errors on one scale."""
    lines = len(order)
    pairs = list(combinations(range(lines), 2)) if tests else []
    columns = min(4, len(boxes))
    rows = -(-len(boxes) // columns)
    left = 0.35 + 0.068 * max(len(t) for t in titles)
    width, gap = 9.4 if columns > 1 else 7.4, 0.2
    each = (width - left - 0.15 - gap * (columns - 1)) / columns
    high, between = 0.27 * lines + 0.25, 0.75
    n = max(len(e) for own in boxes.values() for e in own.values())
    over = "questions and countries" if basis.single else "questions, countries and models"
    with drawing():
        page = sheet(
            heading,
            f"{basis.subtitle} · lower is better",
            basis.note(f"{WHISKERS} {number_of(n, 'error')} a box, over {over}.", told),
            plot=rows * high + (rows - 1) * between,
            width=width,
            above=0.28,
            below=0.55,
        )
        top = 1.05 * max(_whisker(e) for own in boxes.values() for e in own.values())
        total = page.figure.get_figheight()
        for k, (arm, own) in enumerate(boxes.items()):
            row, column = divmod(k, columns)
            bottom = page.bottom + (rows - 1 - row) * (high + between) / total
            axes = page.figure.add_axes(
                ((left + column * (each + gap)) / width, bottom, each / width, high / total)
            )
            look = arm_style(arm)
            groups = [own.get(variant, []) for variant in order]
            draw_boxes(axes, groups, range(lines), [look.colour] * lines, vertical=False,
                       hollow=[look.bare] * lines)  # fmt: skip
            axes.set_title(look.title, size=8.8)
            axes.set_ylim(lines - 0.45, -0.55)
            axes.set_yticks(range(lines), titles if column == 0 else [""] * lines, size=7.8)
            axes.set_xlabel("absolute error (share of range)", size=8)
            axes.locator_params(axis="x", nbins=5 if columns > 1 else 9)
            axes.set_xlim(0, top)
            light_grid(axes, "x")
            if tests:
                _brackets(axes, arm, order, pairs, tests, top)
    caption = (
        "Absolute differences of predicted and observed means, as a share of each scale's range, "
        f"over {over}, with everything else held. {told} {WHISKERS}"
    )
    return Chart(name, page.figure, caption, _alt(boxes, order, titles, tests or {}))


def _whisker(numbers: Sequence[float]) -> float:
    ranked = sorted(numbers)
    return ranked[min(len(ranked) - 1, int(0.95 * len(ranked)) + 1)]


def _brackets(
    axes: Axes,
    arm: str,
    order: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    tests: Pairs,
    top: float,
) -> None:
    """Pairs that were tested, beside the boxes, the nearest ones first."""
    there = [
        (a, b, tests[arm, frozenset((order[a], order[b]))])
        for a, b in pairs
        if (arm, frozenset((order[a], order[b]))) in tests
    ]
    there.sort(key=lambda t: (t[1] - t[0], t[0]))
    step = 0.14 * top
    for k, (a, b, p) in enumerate(there):
        x = top + step * (k + 0.4)
        axes.plot([x - 0.02 * top, x, x, x - 0.02 * top], [a + 0.08, a + 0.08, b - 0.08, b - 0.08],
                  color=MUTED, linewidth=0.9)  # fmt: skip
        axes.text(x + 0.012 * top, (a + b) / 2, stars(p), size=7.5, rotation=90, va="center",
                  ha="left", color=INK)  # fmt: skip
    axes.set_xlim(0, top + step * (len(there) + 0.2))


def _alt(boxes: Boxes, order: Sequence[str], titles: Sequence[str], tests: Pairs) -> str:
    said = []
    for arm, own in boxes.items():
        means = ", ".join(
            f"{title} {fixed(_mean(own[v]))}"
            for v, title in zip(order, titles, strict=True)
            if v in own
        )
        said.append(f"{arm_style(arm).title}: {means}")
    said += [
        f"{arm_style(arm).title}, {' against '.join(sorted(map(descriptors_title, pair)))}: adjusted "
        f"{p_equals(p)}"
        for (arm, pair), p in tests.items()
    ]
    return f"Mean absolute errors. {'; '.join(said)}."
