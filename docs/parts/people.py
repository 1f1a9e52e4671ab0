"""Personas, variables and the simulated respondent, from the data files."""

from __future__ import annotations

import inspect
import re

from parts.markdown import table


def personas() -> str:
    """The twelve personas with what is computed of them."""
    from mores.personas.catalogue import personas

    rows = [
        [str(p.number), f"`{p.id}`", p.category, place(p.position[0]), place(p.position[1]),
         f"{p.congruence:.2f}", f"{p.index:,}"]
        for p in personas()
        if p.position is not None
    ]  # fmt: skip
    heads = [
        "no.",
        "id",
        "category",
        "survival → self-expression",
        "traditional → secular",
        "congruence",
        "index",
    ]
    return table(heads, rows)


def place(position: float) -> str:
    """A place on an axis with its sign, and a true minus."""
    return "0" if position == 0 else f"{position:+.2g}".replace("-", "−")


def variables() -> str:
    """The ten cultural variables with the place of each level."""
    from mores.personas.variables import variables

    rows = []
    for variable in variables():
        axis = "x" if variable.levels[0].x is not None else "y"
        levels = "; ".join(f"{lv.label} ({place(getattr(lv, axis))})" for lv in variable.levels)
        side = {"x": "survival → self-expression", "y": "traditional → secular"}[axis]
        rows.append([variable.name, side, levels, variable.survey])
    return table(["variable", "axis", "levels, with their place", "survey items"], rows)


def renderings() -> str:
    """One line of one persona in each rendering."""
    from mores.personas.catalogue import persona_named
    from mores.personas.rendering import STYLES, render_persona

    persona = persona_named(4)
    rows = [
        [f"`{style}`", f"`{render_persona(persona, style).splitlines()[6]}`"] for style in STYLES
    ]
    return table(["rendering", "a line"], rows)


def simulation() -> str:
    """The parameters of the simulated respondent."""
    from mores.models.sim import RANGES, SimulationParameters

    meanings = attribute_texts(SimulationParameters)
    rows = [
        [
            f"`{name}`",
            f"{getattr(SimulationParameters(), name):g}",
            f"{low:,g} … {int(high):,}" if name == "seed" else f"{low:g} … {high:g}",
            meanings[name],
        ]
        for name, (low, high) in RANGES.items()
    ]
    rows += [[f"`{name}`", "", "text", meanings[name]] for name in meanings if name not in RANGES]
    return table(["parameter", "default", "range", "meaning"], rows)


def attribute_texts(owner: type) -> dict[str, str]:
    """What a class's numpydoc section Attributes says of each name."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in (inspect.getdoc(owner) or "").splitlines():
        if re.match(r"\w[\w, ]* : ", line):
            names = [n.strip() for n in line.partition(" : ")[0].split(",")]
        elif line.startswith("    "):
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return found


def loadings() -> str:
    """What the simulated respondent assumes of the ten value types."""
    from mores.instruments.schwartz import value_types

    rows = [
        [t.label, t.higher_order, *(place(a) for a in t.simulated_loading)]
        for t in value_types().values()
    ]
    return table(["value type", "group", "on self-expression", "on secular"], rows)


PARTS = (personas, variables, renderings, simulation, loadings)
