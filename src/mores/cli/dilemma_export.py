"""`mores dilemmas export` and `mores dilemmas show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mores.cli.values import names, path, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mores.instruments.dilemma_sets import Coverage
    from mores.instruments.dilemmas import Dilemma

__all__ = ["export", "show"]

_WIDTH = 100
_FEW = 4

SetFile = Annotated[
    Path | None,
    Parameter(
        help="A file of dilemmas (JSON Lines); those that come with the program unless given.",
        converter=path,
    ),
]


def export(
    file: SetFile = None,
    /,
    *,
    out: Annotated[Path, Parameter(help="The folder to make; it must be new.", converter=path)],
    name: Annotated[
        str | None, Parameter(help="Name of the data set; that of the file unless given.")
    ] = None,
    creator: Annotated[str | None, Parameter(help="Who made the data set.")] = None,
    url: Annotated[str | None, Parameter(help="Where the data set can be had, https://….")] = None,
    published: Annotated[str | None, Parameter(help="Date of publication, as 2026-06-21.")] = None,
) -> int:
    """Write dilemmas as JSON Lines and Parquet, with Croissant metadata, JSON Schema and a card."""
    from mores.cli.printing import plain, table
    from mores.workflow.exporting_dilemmas import export_dilemmas

    done = export_dilemmas(file, out, name=name, creator=creator, url=url, published=published)
    print(table([(name, f"{size:>11,} bytes") for name, size in done.files]))
    print(plain(f"\n{_counted(done.n, 'dilemma')}, version {done.version}, written to {out}"))
    return 0


def show(
    file: SetFile = None,
    /,
    *,
    value: Annotated[
        list[str] | None,
        Parameter(help="Ids or names of values to show.", converter=names, negative=()),
    ] = None,
    topic: Annotated[
        list[str] | None,
        Parameter(help="Ids or names of topics to show.", converter=names, negative=()),
    ] = None,
    id: Annotated[
        list[str] | None,
        Parameter(help="Ids of dilemmas to show.", converter=names, negative=()),
    ] = None,
    random: Annotated[
        int | None, Parameter(help="Show this many, drawn at random.", converter=whole)
    ] = None,
    seed: Annotated[int, Parameter(help="Of the draw.", converter=whole)] = 0,
    rationale: Annotated[
        bool,
        Parameter(help="Show why each action has its side and strength, and why it conflicts."),
    ] = False,
) -> int:
    """Print dilemmas in full; without a choice of them, how many there are by value and topic."""
    from mores.instruments.dilemma_sets import chosen, coverage, drawn
    from mores.instruments.dilemmas import read_dilemmas

    dilemmas = read_dilemmas(file)
    if value is None and topic is None and id is None and random is None:
        _print_coverage(coverage(dilemmas))
        return 0
    found = chosen(dilemmas, value, topic, id)
    if random is not None:
        found = drawn(found, random, seed)
    print("\n\n\n".join("\n".join(_shown(d, rationale)) for d in found))
    return 0


def _print_coverage(found: Coverage) -> None:
    """A row a value, a column a topic; topics by number, their names above."""
    from mores.cli.printing import plain, table

    keys = list(found.topics)
    numbered = [
        (place, found.topics[topic], sum(found.counts[value, topic] for value in found.values))
        for place, topic in enumerate(keys, start=1)
    ]
    print(table(numbered, ("", "topic", "n")))
    rows = []
    for value, label in found.values.items():
        counts = [found.counts[value, topic] for topic in keys]
        rows.append((label, *(n or "·" for n in counts), sum(counts)))
    print(f"\n{table(rows, ('value', *range(1, len(keys) + 1), 'n'))}")
    print(plain(f"\n{_completeness(found)}"))


def _completeness(found: Coverage) -> str:
    n, pairs, missing = sum(found.counts.values()), len(found.counts), found.missing
    values, topics = _counted(len(found.values), "value"), _counted(len(found.topics), "topic")
    told = f"{_counted(n, 'dilemma')} on {values} in {topics}: "
    if not missing:
        return f"{told}each of the {pairs:,} pairs occurs"
    named = ", ".join(f"{value} in {topic}" for value, topic in missing[:_FEW])
    more = f" and {len(missing) - _FEW:,} more" if len(missing) > _FEW else ""
    return f"{told}{len(missing):,} of {pairs:,} pairs are missing: {named}{more}"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _shown(d: Dilemma, rationale: bool) -> Iterator[str]:
    """A dilemma as lines that a person reads."""
    from mores.instruments.schwartz import value_types, values

    known = values().get(d.value)
    kind = f" ({value_types()[known.type].label})" if known else ""
    yield from _wrapped("", d.id)
    yield from _wrapped("value    ", f"{d.value_label}{kind}: {d.value_definition}")
    yield from _wrapped("topic    ", d.topic_label)
    if d.setting:
        yield from _wrapped("setting  ", d.setting)
    if d.presumes:
        yield from _wrapped("presumes ", ", ".join(d.presumes))
    if d.competing:
        yield from _wrapped("against  ", d.competing)
    yield ""
    yield from _wrapped("", d.scenario_text)
    if rationale and d.scenario_reasoning:
        yield from _wrapped("  why: ", d.scenario_reasoning)
    for action in d.actions:
        side = "aligned" if action.id.startswith("a") else "opposed"
        yield ""
        yield from _wrapped(f"{f'{side}, {action.id[2:]}':<20}", action.text)
        if rationale and action.reasoning:
            yield from _wrapped(f"{'':<20}why: ", action.reasoning)
    yield ""
    for line in _recorded(d):
        yield from _wrapped("", line)


def _recorded(d: Dilemma) -> Iterator[str]:
    """The record of checks in a line, and a line for each check that was not passed."""
    from mores.instruments.dilemma_checks import CHECKS

    record = d.validation
    if record is None:
        yield "validation: none recorded"
        return
    failed = [name for name in CHECKS if not getattr(record, name).passed]
    told = [f"{len(CHECKS) - len(failed)} of {len(CHECKS)} checks passed"]
    if d.current_readings:
        last, n = d.current_readings[-1], len(d.current_readings)
        order = "order recovered" if last.order_recovered else "order not recovered"
        which = "" if n == 1 else f", last of {n} readings"
        told.append(f"blind: {last.polarity_recovered} of 6 sides, {order} ({last.reader}{which})")
    elif record.blind_summary is not None:
        told.append(f"blind: only a summary is recorded ({record.blind_summary.reader})")
    else:
        told.append("no blind reading of this text")
    if record.rewrites:
        told.append(f"rewritten {record.rewrites}×")
    told.append("checked by a human" if record.human else "no human")
    yield f"validation: {'; '.join(told)}"
    for name in failed:
        yield f"  not passed: {name}: {getattr(record, name).reason or 'no reason given'}"


def _wrapped(head: str, text: str) -> list[str]:
    """Lines of at most `_WIDTH` characters, later ones indented as the text of the first."""
    from textwrap import wrap

    from mores.cli.printing import plain

    shown = plain(" ".join(text.split()))
    return wrap(
        shown,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
        break_long_words=False,
    )
