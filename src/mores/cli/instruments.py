"""The commands about instruments and their wordings: list, show, overlay, remove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from mores.cli.values import path

if TYPE_CHECKING:
    from mores.instruments.overlay_changes import Changes
    from mores.instruments.units import Unit
    from mores.instruments.wordings import UnitWording, Wording

__all__ = ["instruments"]

instruments = App(
    name="instruments",
    help="What is asked, in which languages and words, and how to have the official ones.",
)

_LISTED = 12
"""How many things a line lists."""


@instruments.default
@instruments.command(name="list")
def list_() -> int:
    """List the instruments, the languages that have a wording, and your own wordings."""
    from mores.cli.printing import plain, table
    from mores.errors import InstrumentError
    from mores.instruments.languages import languages
    from mores.instruments.survey import wvs7
    from mores.instruments.units import framing_units
    from mores.instruments.wordings import LANGUAGES, wording
    from mores.populations.wording_library import kept_overlays, load_overlay

    units = framing_units().units
    print(table([(wvs7().id, wvs7().name, f"{len(wvs7().items)} items")]) + "\n")
    rows: list[tuple[object, ...]] = []
    for code in LANGUAGES:
        found = wording(code)
        asked = [found.unit(unit) for unit in units]
        worded = f"{len(asked)} of {len(units)}"
        rows.append((code, languages()[code].name, asked[0].source, worded, len(found.countries)))
    print(table(rows, ("language", "name", "source", "units with a wording", "countries")))
    print(
        "\nA language model made the translations for this project; no human has checked them.\n"
        "To lay official wording over them: mores instruments show LANGUAGE --csv > mine.csv, edit "
        "it,\nthen: mores instruments overlay mine.csv"
    )
    rows = []
    for name in kept_overlays():
        try:
            own = load_overlay(name)
        except InstrumentError as error:
            rows.append((name, str(error).splitlines()[0], "", ""))
            continue
        texts = sum(map(len, own.texts.values()))
        rows.append((name, " ".join(own.languages), f"{texts:,}", own.digest))
    if rows:
        print("\n" + table(rows, ("your own", "languages", "texts", "digest")))
    else:
        print(plain("\nNo wordings of your own are kept."))
    return 0


@instruments.command
def show(
    language: Annotated[str, Parameter(help="ISO 639-1 code, such as es.")],
    /,
    *,
    unit: Annotated[
        str | None, Parameter(help="Only this question or battery, such as Q45 or SU_NEIGHBORS.")
    ] = None,
    wording: Annotated[
        str | None,
        Parameter(help="With your own on top: the name of what is kept, or a CSV file."),
    ] = None,
    csv: Annotated[
        bool,
        Parameter(
            help="As a CSV file in UTF-8, to edit and to give to: mores instruments overlay. The "
            "texts are as they are, also where a spreadsheet would take one for a formula.",
            negative=(),
        ),
    ] = False,
) -> int:
    """Print what is asked in a language: prompts, framings, countries, questions and options."""
    import sys

    from mores.instruments.wording_overlays import overlay_csv

    found = _found(language, wording)
    units = _units(unit)
    if csv:
        # A spreadsheet takes a file for UTF-8 only if it begins so.
        mark = "" if sys.stdout.isatty() else "\ufeff"
        print(mark + overlay_csv(found, units, around=unit is None), end="")
        return 0
    if unit is None:
        print("\n".join(_around(found)))
    for each in units:
        print("\n".join(_worded(found, each)))
    return 0


def _found(language: str, own: str | None) -> Wording:
    from mores.instruments.wording_overlays import overlaid
    from mores.instruments.wordings import LANGUAGES, wording
    from mores.populations.wording_library import find_overlay

    if own is None:
        return wording(language)
    overlay = find_overlay(own, Path())
    return overlaid(wording(language) if language in LANGUAGES else None, overlay, language)


def _units(name: str | None) -> Sequence[Unit]:
    """All units, or the one of that name or with that member."""
    from mores.errors import InstrumentError, nearest
    from mores.instruments.units import framing_units

    units = framing_units().units
    if name is None:
        return units
    chosen = [unit for unit in units if name == unit.id or name in unit.members]
    if not chosen:
        raise InstrumentError(
            f"{name[:80]!r} is none of the questions asked; {nearest(name, [u.id for u in units])}"
        )
    return chosen


# Wordings are free of what could steer a terminal, and need joiners that `plain` would escape.
def _around(found: Wording) -> Iterator[str]:
    from mores.instruments.wording_overlays import texts_of

    yield f"language  {found.language}"
    yield f"source    {found.source}"
    yield f"licence   {found.licence}"
    before = ""
    for (item, part), text in texts_of(found).items():
        if item not in ("prompt", "framing", "country"):
            continue
        if item != before:
            yield f"\n{item}"
        before = item
        yield f"  {part}: {text}"
    for n, paraphrase in enumerate(found.paraphrases, 1):
        yield f"\nparaphrase {n}"
        yield f"  suffix: {paraphrase.suffix}"
        yield f"  suffix_battery: {paraphrase.suffix_battery}"
        yield from (f"  {name}: {text}" for name, text in paraphrase.framings.items())
    yield ""


def _worded(found: Wording, unit: Unit) -> Iterator[str]:
    from mores.errors import InstrumentError

    try:
        words = found.unit(unit)
    except InstrumentError as error:
        yield f"{error}\n"
        return
    yield f"{unit.id} ({words.source})"
    yield f"  {words.question}"
    yield from (f"  {item}: {text}" for item, text in words.members.items())
    yield from (f"  {line}" for line in _options(words, unit))
    yield ""


def _options(words: UnitWording, unit: Unit) -> Iterator[str]:
    steps = len(unit.codes(unit.members[0])) - len(words.labels)
    yield from (f"{code}. {label}" for code, label in words.labels.items())
    if steps:
        yield f"(and {steps} steps between that have no name but their number)"


@instruments.command
def overlay(
    file: Annotated[
        Path,
        Parameter(
            help="CSV in UTF-8 with the columns language,item,part,text (see: mores instruments "
            "show LANGUAGE --csv).",
            converter=path,
        ),
    ],
    /,
    *,
    name: Annotated[
        str | None, Parameter(help="Name to keep it under; that of the file by default.")
    ] = None,
    replace: Annotated[
        bool, Parameter(help="Take the place of wordings of that name.", negative=())
    ] = False,
) -> int:
    """Check a file of official wording, say what it changes, and keep it for studies to name."""
    from mores.cli.printing import plain
    from mores.instruments.overlay_changes import changes
    from mores.instruments.overlay_rows import content_of
    from mores.instruments.units import framing_units
    from mores.instruments.wording_overlays import parse_overlay
    from mores.populations.wording_library import keep_overlay

    found = parse_overlay(content_of(file), str(file), file.stem if name is None else name)
    units = framing_units().units
    told = [changes(found, language, units) for language in found.languages]
    kept = keep_overlay(found, replace=replace)
    print(_table(told, len(units)))
    for each in told:
        print("\n".join(_remarks(each)))
    print(plain(f"\nkept: {kept}"))
    print(plain(f'use it in a study file: wordings = ["{found.name}"]'))
    return 0


def _table(told: Sequence[Changes], n_units: int) -> str:
    from mores.cli.printing import table

    rows = [
        (
            f"{each.language} (new)" if each.new else each.language,
            f"{each.units} of {n_units}",
            each.members,
            each.options,
            len(each.framings),
            len(each.countries),
            len(each.prompts),
            each.same,
        )
        for each in told
    ]
    heads = ("language", "units", "members", "options", "framings", "countries", "prompts", "same")
    return "Texts that it changes or adds, and rows that say the same as before:\n\n" + table(
        rows, heads
    )


def _remarks(each: Changes) -> Iterator[str]:
    yield ""
    if each.lacking:
        n = len(each.lacking)
        yield f"{each.language}: still lacks {n:,} texts: {_listed(each.lacking)}"
    if each.left and not each.new:
        whose = "instrument's" if each.language == "en" else "project's own translation"
        yield (
            f"{each.language}: left as the {whose}, in whole or in part: {len(each.left)} units: "
            f"{_listed(each.left)}"
        )
    if each.unasked:
        yield f"{each.language}: in no study that comes with mores: {_listed(each.unasked)}"
    yield from (f"{each.language}: {line}" for line in _preambles(each)[:_LISTED])


def _preambles(each: Changes) -> list[str]:
    """New preambles and countries as a model will read them, for a person to see that they fit."""
    words = each.result
    countries, framings = list(words.countries), list(words.framings)
    pairs = [(framing, countries[0]) for framing in each.framings if countries]
    pairs += [(framing, country) for country in each.countries for framing in framings[:1]]
    return [
        f"{framing}, {country}: "
        + words.framings[framing].replace("{country}", words.countries[country])
        for framing, country in dict.fromkeys(pairs)
    ]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


@instruments.command
def remove(name: Annotated[str, Parameter(help="Name of your own wordings.")], /) -> int:
    """Delete wordings of your own from the data directory."""
    from mores.cli.printing import plain
    from mores.populations.wording_library import remove_overlay

    remove_overlay(name)
    print(plain(f"removed: {name}"))
    return 0
