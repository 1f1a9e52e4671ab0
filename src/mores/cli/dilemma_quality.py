"""The command that runs every measurable check of a set of dilemmas."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mores.cli.values import number, path

if TYPE_CHECKING:
    from mores.studies.dilemma_quality.results import CheckResult
    from mores.studies.dilemma_quality.variety import Embedder

__all__ = ["check"]

_MARKS = {True: "ok", False: "FAILED", None: ""}
_LISTED = 8


def check(
    file: Annotated[
        Path | None,
        Parameter(
            help="A file of dilemmas (JSON Lines); those that come with the program unless given.",
            converter=path,
        ),
    ] = None,
    /,
    *,
    embeddings: Annotated[
        str | None,
        Parameter(
            help="An encoder whose embeddings tell how alike dilemmas are, hf:REPO_OR_PATH; latent "
            "meanings learnt from the file unless given."
        ),
    ] = None,
    alike: Annotated[
        float | None,
        Parameter(
            help="The cosine of these, 0 to 1, from which two dilemmas are too alike.",
            converter=number,
        ),
    ] = None,
    findings: Annotated[
        bool, Parameter(help="List every finding, not the first few of what failed.")
    ] = False,
    out: Annotated[
        Path | None,
        Parameter(help="A new .csv file for all results and findings.", converter=path),
    ] = None,
) -> int:
    """Check dilemmas: form, variety, cues, recorded validation. Ends with 3 if a check failed."""
    from mores.cli.printing import table
    from mores.instruments.dilemmas import read_dilemmas
    from mores.studies.dilemma_quality.checking import check_dilemmas
    from mores.workflow.new_files import check_place

    if out is not None:
        check_place(out, ".csv", "--out")
    dilemmas = read_dilemmas(file)
    results = check_dilemmas(dilemmas, *_likeness(embeddings, alike))
    heads = ("", "check", "found", "allowed", "n", "")
    for topic in dict.fromkeys(result.topic for result in results):
        rows = [_row(result) for result in results if result.topic == topic]
        print(f"\n{topic}\n{table(rows, heads)}")
    _print_findings(results, findings)
    failed = [result for result in results if result.passed is False]
    print(f"\n{len(dilemmas)} dilemmas; {len(failed)} of {_judged(results)} checks failed")
    if out is not None:
        _write(results, out)
    return 3 if failed else 0


def _likeness(embeddings: str | None, alike: float | None) -> tuple[Embedder | None, float]:
    """How texts become vectors, and from which cosine on two are too alike."""
    from mores.errors import InputError
    from mores.studies.dilemma_quality.variety import ALIKE_IN_MEANING

    limit = ALIKE_IN_MEANING if alike is None else alike
    if not 0 < limit <= 1:
        raise InputError(f"--alike {limit} is no cosine to judge by; allowed: above 0, to 1")
    if embeddings is None:
        return None, limit
    from mores.models.hf.embedding import embedder

    return embedder(embeddings), limit


def _write(results: Iterable[CheckResult], out: Path) -> None:
    from mores.report.dilemma_quality import results_table
    from mores.report.frames import csv_frame
    from mores.workflow.new_files import write_new

    write_new(out, csv_frame(results_table(results)).write_csv)


def _row(result: CheckResult) -> tuple[object, ...]:
    return (
        _MARKS[result.passed],
        result.name,
        _value(result),
        result.limit,
        f"{result.n:,} {result.of}",
        result.note,
    )


def _value(result: CheckResult) -> str:
    if result.value is None:
        return "–"
    return f"{result.value:.3f}" if result.unit not in ("dilemmas", "") else f"{result.value:.0f}"


def _judged(results: Iterable[CheckResult]) -> int:
    return sum(result.passed is not None for result in results)


def _print_findings(results: Iterable[CheckResult], everything: bool) -> None:
    from mores.cli.printing import plain

    for result in results:
        if not result.findings or not (everything or result.passed is False):
            continue
        print(f"\n{result.name}:")
        shown = result.findings if everything else result.findings[:_LISTED]
        for finding in shown:
            print(plain(f"  {finding.where}: {finding.told}"))
        if len(shown) < len(result.findings):
            print(f"  … and {len(result.findings) - len(shown)} more: --findings lists them")
