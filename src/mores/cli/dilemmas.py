"""The commands about dilemmas: generate, read. Others join this App in modules of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from mores.cli.values import names, path, whole

if TYPE_CHECKING:
    from mores.workflow.reading_dilemmas import ReadingCounts
    from mores.workflow.writing_dilemmas import DilemmaCounts

__all__ = ["DilemmasFile", "dilemmas"]

dilemmas = App(
    name="dilemmas",
    help="Value dilemmas: written, read blind, checked, repaired or rejected.",
)

_MODELS = (
    "openai/NAME, anthropic/NAME, gemini/NAME, openrouter/NAME, ollama/NAME, hf:REPO_OR_PATH, or "
    "http://host:port/v1#NAME."
)
DilemmasFile = Annotated[Path, Parameter(help="A file of dilemmas (JSON Lines).", converter=path)]


@dilemmas.command
def generate(
    *,
    model: Annotated[str, Parameter(help=f"Who writes: {_MODELS}")],
    out: Annotated[
        Path,
        Parameter(
            help="The .jsonl file of what is accepted; it must be new. Rejected dilemmas go beside it, "
            "into NAME.rejected.jsonl.",
            converter=path,
        ),
    ],
    values: Annotated[
        list[str] | None,
        Parameter(
            help="Ids or names of values, such as honest,loyal, or all: those of --value-file, else the "
            "56 of the survey.",
            converter=names,
            negative=(),
        ),
    ] = None,
    topics: Annotated[
        list[str] | None,
        Parameter(
            help="Ids or names of topics, such as work,family, or all: those of --topic-file, else the "
            "eleven of the study.",
            converter=names,
            negative=(),
        ),
    ] = None,
    reader: Annotated[
        str | None,
        Parameter(
            help="Who reads each draft, blind and for the checks; the writer's model by default."
        ),
    ] = None,
    repairs: Annotated[
        int,
        Parameter(help="How often a draft with a fault is asked for again.", converter=whole),
    ] = 2,
    seed: Annotated[
        int,
        Parameter(
            help="Of the orders of actions before the reader; handed to a model that takes one.",
            converter=whole,
        ),
    ] = 0,
    value_file: Annotated[
        Path | None,
        Parameter(
            help="A CSV file of values of your own: value, label, definition.", converter=path
        ),
    ] = None,
    topic_file: Annotated[
        Path | None,
        Parameter(help="A CSV file of topics of your own: topic, definition.", converter=path),
    ] = None,
) -> int:
    """Have dilemmas written and read blind; the same command again resumes it.

    Ends with 3 if none was accepted.
    """
    from mores.cli.printing import ProgressLine, plain
    from mores.models.registry import resolve
    from mores.workflow.dilemma_pairs import ALL, dilemma_pairs
    from mores.workflow.writing_dilemmas import rejected_place, write_dilemmas

    pairs = dilemma_pairs(
        values or (ALL,), topics or (ALL,), value_file=value_file, topic_file=topic_file
    )
    writer = resolve(model)
    with ProgressLine(None) as progress:
        progress.note(f"dilemmas to write: {len(pairs)}, each with three requests or more")
        counts = write_dilemmas(
            pairs,
            writer,
            out,
            reader=None if reader is None else resolve(reader),
            repairs=repairs,
            seed=seed,
            note=progress.note,
        )
    _print_counts(counts)
    if reader in (None, model):
        print("\nThe model that wrote them read them too; name another with --reader.")
    if counts.rejected:
        print(plain(f"\nRejected, with reasons: {rejected_place(out)}"))
    if not counts.accepted:
        print("\nNone was accepted, and no file of dilemmas was made.")
        return 3
    print(plain(f"\nWritten to {out}. A language model wrote them; no human has validated them."))
    return 0


@dilemmas.command
def read(
    file: DilemmasFile,
    /,
    *,
    model: Annotated[str, Parameter(help=f"Who reads: {_MODELS}")],
    out: Annotated[
        Path,
        Parameter(help="A new .jsonl file, of the dilemmas with these readings.", converter=path),
    ],
    seed: Annotated[
        int,
        Parameter(
            help="Of the orders in which actions are shown; handed to a model that takes one.",
            converter=whole,
        ),
    ] = 0,
    checks: Annotated[
        bool, Parameter(help="Have the four checks made too, in place of those recorded.")
    ] = False,
) -> int:
    """Have a model read dilemmas blind, and count sides and orders recovered.

    The same command again resumes it.
    """
    from mores.cli.printing import ProgressLine, plain
    from mores.models.registry import resolve
    from mores.workflow.reading_dilemmas import read_dilemmas_blind

    with ProgressLine(None) as progress:
        counts = read_dilemmas_blind(
            file, resolve(model), out, seed=seed, checks=checks, note=progress.note
        )
    _print_readings(counts)
    print(plain(f"\nWritten to {out}. The reader is a language model; no human has read them."))
    return 0


def _print_counts(counts: DilemmaCounts) -> None:
    from mores.cli.printing import table

    rows: list[tuple[str, object]] = [
        ("dilemmas", counts.n),
        ("accepted", counts.accepted),
        ("  of them after repair", counts.repaired),
        ("rejected", counts.rejected),
        ("drafts written", counts.drafts),
        ("blind readings", counts.read),
    ]
    print(table(rows))
    _print_codes("why rejected", counts.reasons)
    _print_codes("what earlier drafts lacked", counts.faults)


def _print_codes(title: str, codes: Mapping[str, int]) -> None:
    from mores.cli.printing import table

    if codes:
        print(f"\n{title}")
        most = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        print(table([("", code, n) for code, n in most]))


def _print_readings(counts: ReadingCounts) -> None:
    from mores.cli.printing import table
    from mores.instruments.dilemma_checks import CHECKS

    heads = ("", "of", "n", "share", "low", "high")
    rows = [
        _share("read blind", counts.read, counts.n),
        _share("actions on their side", counts.sides, 6 * counts.read, interval=False),
        _share("dilemmas with all six on their side", counts.all_sides, counts.read),
        _share("dilemmas with their order recovered", counts.orders, counts.read),
    ]
    if counts.checked:
        rows += [_share(f"passed {name}", counts.passed[name], counts.checked) for name in CHECKS]
    print(table(rows, heads))


def _share(name: str, count: int, n: int, interval: bool = True) -> tuple[object, ...]:
    """A row; actions of one dilemma are not independent, and get no interval."""
    from mores.studies.reading_shares import share_with_interval

    cells = [f"{end:.3f}" if n else "" for end in share_with_interval(count, n)]
    return (name, n, count, *(cells if interval else cells[:1]))
