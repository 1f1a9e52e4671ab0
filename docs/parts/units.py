"""The units of the framing study in all languages, a page a category, from the data files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from parts.markdown import table

if TYPE_CHECKING:
    from mores.instruments.units import Axis, Unit
    from mores.instruments.wordings import UnitWording

CATEGORIES = (
    "morality-worldview",
    "democracy-governance",
    "trust-institutions",
    "economy-work",
    "gender-inclusion",
    "religion-science",
    "public-order",
)
RIGHT_TO_LEFT = {"ar"}
GRID = '<table class="docutils align-default">'
"""Opens a table that the theme draws as its own, and that is plain HTML elsewhere."""
UNIT_HEADS = (
    '<thead><tr><th>language</th><th width="54%">question</th><th width="34%">answers, by code</th>'
    "</tr></thead>"
)


def unit_categories() -> str:
    """The categories, their sizes and their pages."""
    from mores.instruments.units import framing_units

    found = framing_units()
    if tuple(found.categories) != CATEGORIES:
        raise SystemExit(f"a page each in reference/units: {', '.join(found.categories)}")
    rows = []
    for key, label in found.categories.items():
        units = [u for u in found.units if u.category == key]
        rebuilt = [u.id for u in units if u.status == "reconstructed"]
        items = sum(len(u.members) for u in units)
        rows.append(
            [f"[{label}](units/{key}.md)", str(len(units)), str(items), ", ".join(rebuilt) or "—"]
        )
    items = sum(len(u.members) for u in found.units)
    rows.append(["all", str(len(found.units)), str(items), _statuses(found.units)])
    return table(["category", "units", "items", "reconstructed"], rows)


def _statuses(units: Iterable[Unit]) -> str:
    n = Counter(u.status for u in units)
    return f"{n['reconstructed']} reconstructed, {n['certain']} certain"


def unit_answers() -> str:
    """Which units are not ordered, and which answers are left out."""
    from mores.instruments.units import framing_units

    units = framing_units().units
    counts = Counter(u.answers for u in units)
    left_out = [f"{u.id} ({', '.join(map(str, sorted(u.excluded)))})" for u in units if u.excluded]
    rows = [
        [
            kind,
            str(counts[kind]),
            "all others" if kind == "ordered" else ", ".join(u.id for u in units if u.answers == kind),
        ]
        for kind in ("ordered", "binary", "nominal")
    ]  # fmt: skip
    text = f"Codes that are neither offered nor counted: {', '.join(left_out)}."
    return f"{table(['answers', 'units', 'which'], rows)}\n\n{text}"


def unit_axes() -> str:
    """The axes, their poles, and the units on them."""
    from mores.instruments.units import framing_units

    found = framing_units()
    rows = [[a.label, a.positive, a.negative, ", ".join(a.units)] for a in found.axes]
    on = Counter(unit for axis in found.axes for unit in axis.units)
    n = Counter(on[u.id] for u in found.units)
    counts = f"{n[1]} units are on one axis, {n[2]} on two, {n[0]} on none."
    return f"{table(['axis', 'positive pole', 'negative pole', 'units'], rows)}\n\n{counts}"


def unit_ends() -> str:
    """Of every mapped item, the answers with their values, by axis."""
    from mores.instruments.survey import wvs7
    from mores.instruments.units import framing_units

    parts = []
    for axis in framing_units().axes:
        rows = [[i, wvs7().item(i).name, *_ends(axis, i)] for i in axis.values]
        heads = ["item", "about", "value 1", "value 0"]
        parts.append(f"## {axis.label}\n\n{table(heads, rows)}")
    return "\n\n".join(parts)


def _ends(axis: Axis, item: str) -> list[str]:
    """The answers at the positive and at the negative pole; of a hand coding, those between too."""
    from mores.instruments.survey import wvs7

    labels = {o.code: o.label for o in wvs7().item(item).options}
    at: dict[float, list[str]] = {}
    for code, value in axis.values[item].items():
        at.setdefault(value, []).append(labels[code])
    between = [f"{text} ({value:g})" for value, texts in at.items() if 0 < value < 1
               for text in texts]  # fmt: skip
    negative = "; ".join(at[0.0])
    if item in axis.hand_coded and between:
        negative += f"; between: {'; '.join(between)}"
    return ["; ".join(at[1.0]), negative]


def unit_translators() -> str:
    """Who put each language into words."""
    from mores.instruments.wordings import wording

    found: dict[tuple[str, str], list[str]] = {}
    for code in _languages():
        found.setdefault((wording(code).source, wording(code).licence), []).append(_name(code))
    rows = [[", ".join(names), *terms] for terms, names in found.items()]
    return table(["language", "source of what is not the questionnaire's", "licence"], rows)


def unit_surroundings() -> str:
    """What stands around a question, in all languages, with the paraphrases."""
    from mores.instruments.wordings import wording

    parts = []
    for code in _languages():
        found = wording(code)
        variants = [found.variant(k) for k in range(len(found.paraphrases) + 1)]
        rows = [[framing, *(v.framings[framing] for v in variants)] for framing in found.framings]
        rows += [
            ["suffix", *(v.suffix for v in variants)],
            ["suffix of a battery", *(v.suffix_battery for v in variants)],
            ["above the options", found.prompts.options_heading, *[""] * (len(variants) - 1)],
        ]
        heads = ["", "wording", *(f"paraphrase {k}" for k in range(1, len(variants)))]
        parts.append(f"## {_name(code)}\n\n{_grid(heads, rows, code)}")
    return "\n\n".join(parts)


def _grid(heads: list[str], rows: list[list[str]], code: str) -> str:
    """A table in HTML whose cells, but for the first of each row, are in a language."""
    lines = [GRID, f"<thead><tr>{''.join(f'<th>{_escaped(h)}</th>' for h in heads)}</tr></thead>"]
    for first, *rest in rows:
        cells = "".join(_cell(_escaped(text), code) for text in rest)
        lines.append(f"<tr><th>{_escaped(first)}</th>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def unit_countries() -> str:
    """The countries as the preambles write them."""
    from mores.instruments.countries import countries
    from mores.instruments.wordings import wording

    found = {code: wording(code).countries for code in _languages()}
    heads = "".join(f"<th>{_name(code)}</th>" for code in _languages())
    lines = [GRID, f"<thead><tr><th></th>{heads}</tr></thead>"]
    for country in found["en"]:
        cells = "".join(
            _cell(_escaped(found[code].get(country, "")), code) for code in _languages()
        )
        name = countries()[country].name
        lines.append(f'<tr><th title="{escape(name)}">{country}</th>{cells}</tr>')
    return "\n".join([*lines, "</table>"])


def category_part(key: str) -> Callable[[], str]:
    """The part that shows the units of a category."""

    def part() -> str:
        from mores.instruments.units import framing_units

        found = framing_units()
        units = [unit for unit in found.units if unit.category == key]
        return "\n\n".join(_unit(unit, found.axes) for unit in units)

    part.__name__ = f"units_{key.replace('-', '_')}"
    return part


def _unit(unit: Unit, axes: tuple[Axis, ...]) -> str:
    """A unit: what it is, where its answers stand, and its wording in each language."""
    from mores.instruments.survey import wvs7
    from mores.instruments.wordings import wording

    first = wvs7().item(unit.members[0])
    name = first.battery.name if unit.battery and first.battery else first.name
    kind = f"battery of {len(unit.members)}, {unit.answers}" if unit.battery else unit.answers
    rows = "\n".join(_row(unit, code, wording(code).unit(unit)) for code in _languages())
    return (
        f"## {unit.id}: {name}\n\n*{unit.status}; {kind}*\n\n{_places(unit, axes)}\n\n"
        f"{GRID}\n{UNIT_HEADS}\n{rows}\n</table>"
    )


def _places(unit: Unit, axes: tuple[Axis, ...]) -> str:
    """On which axes a unit is, with the answer at the positive pole."""
    lines = [
        f"- **{axis.label}**, positive pole ({axis.positive}): {'; '.join(_places_on(axis, unit))}"
        for axis in axes
        if unit.id in axis.units
    ]
    return "\n".join(lines) or "- on no axis"


def _places_on(axis: Axis, unit: Unit) -> Iterator[str]:
    ends: dict[str, list[str]] = {}
    for item in unit.members:
        if item in axis.hand_coded:
            values = ", ".join(f"{code} → {v:g}" for code, v in axis.values[item].items())
            ends.setdefault(f"by hand, {values}", []).append(item)
        elif item in axis.values:
            ends.setdefault(f"“{_ends(axis, item)[0]}”", []).append(item)
    for end, items in ends.items():
        yield f"{end} of {', '.join(items)}" if unit.battery else end


def _row(unit: Unit, code: str, found: UnitWording) -> str:
    question = _escaped(found.question)
    if found.members:
        question += "".join(f"<br>{item}. {_escaped(text)}" for item, text in found.members.items())
    answers = _answers(unit.codes(unit.members[0]), found.labels)
    return f"<tr><th>{_name(code)}</th>{_cell(question, code)}{_cell(answers, code)}</tr>"


def _answers(codes: tuple[int, ...], labels: Mapping[int, str]) -> str:
    """A line an answer; of a scale with names at its ends, the ends."""
    lines = [f"{code}. {_escaped(labels[code])}" for code in codes if code in labels]
    if len(lines) < len(codes):
        lines.insert(1, "…")
    return "<br>".join(lines)


def _cell(html: str, code: str) -> str:
    """A cell in a language, which tells the browser which script and direction to take."""
    direction = "rtl" if code in RIGHT_TO_LEFT else "ltr"
    return f'<td lang="{code}" dir="{direction}">{html}</td>'


def _languages() -> list[str]:
    """English first, since the others are translated from it."""
    from mores.instruments.wordings import LANGUAGES

    return sorted(LANGUAGES, key=lambda code: (code != "en", _name(code)))


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _name(code: str) -> str:
    from mores.instruments.languages import languages

    return languages()[code].name


PARTS = (
    unit_categories,
    unit_answers,
    unit_axes,
    unit_ends,
    unit_translators,
    unit_surroundings,
    unit_countries,
    *map(category_part, CATEGORIES),
)
