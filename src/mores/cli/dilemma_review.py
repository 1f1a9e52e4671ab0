"""The commands with which people review dilemmas, and what they judged is told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mores.cli.dilemmas import DilemmasFile
from mores.cli.values import names, path, whole

if TYPE_CHECKING:
    from mores.report.dilemma_agreement import ReviewResults
    from mores.workflow.reviewing import Merged

__all__ = ["agreement", "review"]

_LISTED = 10


def review(
    file: Annotated[
        Path | None,
        Parameter(
            help="A file of dilemmas (JSON Lines); those that come with the program unless given.",
            converter=path,
        ),
    ] = None,
    /,
    *,
    out: Annotated[
        Path, Parameter(help="A new .html file, the page for reviewers.", converter=path)
    ],
    sample: Annotated[
        int | None,
        Parameter(help="A seeded N of the dilemmas; all unless given.", converter=whole),
    ] = None,
    seed: Annotated[
        int,
        Parameter(help="Of the sample, its order, and the orders of actions.", converter=whole),
    ] = 0,
    values: Annotated[
        list[str] | None,
        Parameter(
            help="Ids or names of values in the file, such as honest,loyal; all unless given.",
            converter=names,
            negative=(),
        ),
    ] = None,
    topics: Annotated[
        list[str] | None,
        Parameter(
            help="Ids or names of topics in the file, such as work,religion; all unless given.",
            converter=names,
            negative=(),
        ),
    ] = None,
    title: Annotated[str | None, Parameter(help="Heads the page.")] = None,
) -> int:
    """Make a page on which people read dilemmas blind and judge them, offline."""
    from mores.cli.printing import plain
    from mores.errors import InstrumentError
    from mores.instruments.dilemmas import read_dilemmas
    from mores.instruments.texts import is_label
    from mores.report.review_page import TITLE, review_page
    from mores.workflow.new_files import check_place, write_new
    from mores.workflow.reviewing import chosen_dilemmas

    check_place(out, ".html", "--out")
    if title is not None and not is_label(title):
        raise InstrumentError("--title must be one line of 1 to 200 characters")
    if not 0 <= seed < 2**53:
        raise InstrumentError(f"--seed {seed}; allowed: 0 to 2^53 - 1")
    dilemmas = read_dilemmas(file)
    chosen = chosen_dilemmas(dilemmas, values or ("all",), topics or ("all",), sample, seed)
    page = review_page(chosen, dilemmas, seed=seed, title=TITLE if title is None else title)
    write_new(out, lambda place: place.write_text(page, encoding="utf-8"))
    print(plain(f"{len(chosen)} of {len(dilemmas)} dilemmas, to judge in a browser: {out}"))
    print("Hand it to reviewers. What they save goes to: mores dilemmas agreement")
    return 0


def agreement(
    file: DilemmasFile,
    judgements: Annotated[list[Path], Parameter(help="Files that reviewers saved.")],
    /,
    *,
    out: Annotated[
        Path | None, Parameter(help="A new .csv file for all numbers.", converter=path)
    ] = None,
    merge: Annotated[
        Path | None,
        Parameter(
            help="A new .jsonl file of the dilemmas with these judgements in their records.",
            converter=path,
        ),
    ] = None,
) -> int:
    """What reviewers recovered and judged, how far they agree, and where they do not."""
    from mores.cli.printing import plain
    from mores.instruments.dilemmas import read_dilemmas
    from mores.report.dilemma_agreement import review_results, review_table
    from mores.report.frames import csv_frame
    from mores.studies.dilemma_quality.agreement import arrays_of
    from mores.workflow.new_files import check_place, write_new
    from mores.workflow.reviewing import dilemma_lines, gather_judgements, merged_dilemmas

    for place, suffix, option in ((out, ".csv", "--out"), (merge, ".jsonl", "--merge")):
        if place is not None:
            check_place(place, suffix, option)
    dilemmas = read_dilemmas(file)
    gathered = gather_judgements(dilemmas, judgements)
    for note in gathered.notes:
        print(plain(note))
    results = review_results(arrays_of([d.id for d in dilemmas], gathered.reviews))
    _print_results(results)
    if out is not None:
        table = csv_frame(review_table(results))
        write_new(out, table.write_csv)
        print(plain(f"\nAll numbers: {out}"))
    if merge is not None:
        merged = merged_dilemmas(dilemmas, gathered.reviews)
        write_new(merge, lambda place: place.write_bytes(dilemma_lines(merged.dilemmas)))
        _print_merged(merged, merge)
    return 0


def _print_results(results: ReviewResults) -> None:
    from mores.cli.printing import table

    heads = ("", "who", "of", "n", "share", "low", "high")
    rows = list(_recovered(results))
    print(f"\nrecovered from unlabelled actions\n{table(rows, heads)}")
    print(f"\nfour checks\n{table(list(_checked(results)), heads)}")
    if len(results.checked) > 2:
        units = [
            (one.name, one.units, one.of, _number(one.alpha), _number(one.agreement))
            for one in results.agreement
        ]
        names = ("", "judged twice or more", "", "Krippendorff's alpha", "equal pairs")
        print(f"\nagreement between reviewers\n{table(units, names)}")
        _print_disagreement(results)
    else:
        print("\nOne reviewer: there is no agreement to tell.")


def _recovered(results: ReviewResults) -> Iterable[tuple[object, ...]]:
    from mores.report.dilemma_agreement import MOST

    reviewers = len(results.recovered) - 1
    for i, (who, found) in enumerate(results.recovered):
        alone = i < reviewers
        if alone or reviewers > 1:
            yield _share("actions on their side", who, found.sides, 6 * found.read, interval=False)
            yield _share("order of all six", who, found.orders, found.read, interval=alone)
    if reviewers > 1:
        yield _share("order of all six", MOST, *results.orders_by_most)


def _checked(results: ReviewResults) -> Iterable[tuple[object, ...]]:
    reviewers = len(results.checked) - 1
    for i, (who, found) in enumerate(results.checked):
        if i < reviewers or reviewers > 1:
            yield _share("passed all four", who, found.all_four, found.checked)
            for name, count in found.passed:
                yield _share(f"  {name}", who, count, found.checked)


def _share(name: str, who: str, count: int, n: int, interval: bool = True) -> tuple[object, ...]:
    """A row; actions of one dilemma, and readings of it, are not independent and get no interval."""
    from mores.studies.reading_shares import share_with_interval

    cells = [_number(end) for end in share_with_interval(count, n)]
    return (name, who, n, count, *(cells if interval else cells[:1]))


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"


def _print_disagreement(results: ReviewResults) -> None:
    from mores.cli.printing import table

    found = results.disagreement
    if not found:
        return
    rows = [
        (
            one.id,
            one.readers,
            ", ".join(one.split) or "none",
            _number(one.distance),
            ", ".join(one.split_checks) or "none",
        )
        for one in found[:_LISTED]
    ]
    heads = ("", "readers", "on both sides", "distance of places", "checks not agreed on")
    print(f"\nmost disagreement\n{table(rows, heads)}")
    if len(found) > _LISTED:
        print(f"… and {len(found) - _LISTED} more dilemmas: --out lists them")


def _print_merged(merged: Merged, place: Path) -> None:
    from mores.cli.printing import plain

    print(
        plain(
            f"\nMerged into {place}: {merged.readings} blind readings added, the checks of "
            f"{merged.checked} dilemmas are now people's."
        )
    )
    if merged.repeated:
        print(f"{merged.repeated} readings were recorded already.")
    if merged.unrecorded:
        print(
            plain(
                f"Without a record of checks, so that no reading stands beside it: "
                f"{len(merged.unrecorded)} dilemmas, {merged.unrecorded[0]} the first."
            )
        )
