"""The commands about provider batches: submit, status, collect, cancel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from mores.cli.options import Folder, Humans, Sample, Seed, Study
from mores.cli.values import number, path, whole

__all__ = ["batch"]

batch = App(
    name="batch", help="Ask through a provider's batch interface: within a day, at a lower price."
)


def _note(line: str) -> None:
    from mores.cli.printing import plain

    print(f"mores: {plain(line)}", file=sys.stderr, flush=True)


@batch.command
def submit(
    study: Study,
    /,
    *,
    model: Annotated[
        str,
        Parameter(help="openai/NAME, or http://host/v1#NAME of a server with /files and /batches."),
    ],
    out: Annotated[
        Path, Parameter(help="Folder of the run: new, or one to go on with.", converter=path)
    ],
    sample: Sample = None,
    seed: Seed = None,
    data: Humans = None,
    max_requests: Annotated[
        int | None, Parameter(help="Hand in at most N requests now.", converter=whole)
    ] = None,
    part_requests: Annotated[
        int, Parameter(help="Requests of one batch, at most; no more than 50000.", converter=whole)
    ] = 50_000,
    budget: Annotated[
        float | None,
        Parameter(
            help="US dollars for all answers of the folder; more is not handed in.",
            converter=number,
        ),
    ] = None,
    price_factor: Annotated[
        float,
        Parameter(
            help="What a request costs in a batch, as a share of its price.", converter=number
        ),
    ] = 0.5,
    prices: Annotated[Path | None, Parameter(help="Your own price table (TOML).")] = None,
    retry_rejected: Annotated[
        bool, Parameter(help="Ask again what the server refused as invalid.", negative=())
    ] = False,
) -> int:
    """Hand in whatever the folder lacks; the same command again goes on, and asks nothing twice."""
    from mores.workflow.batching import Limits
    from mores.workflow.batching import submit as hand_in

    done = hand_in(
        study,
        model,
        out,
        sample=sample,
        seed=seed,
        data=data,
        prices=prices,
        retry_rejected=retry_rejected,
        limits=Limits(max_requests, part_requests, budget=budget, factor=price_factor),
        note=_note,
    )
    _print_submitted(done, out)
    code: int = done.exit_code
    return code


def _print_submitted(done: Any, folder: Path) -> None:
    from mores.cli.printing import table

    cost = done.expected_cost
    rows = [
        ("batches handed in", f"{len(done.parts):,}"),
        ("requests in them", f"{sum(part.requests for part in done.parts):,}"),
        ("expected cost", "unknown: no price is known" if cost is None else f"US$ {cost:,.2f}"),
        ("requests in flight", f"{done.in_flight:,}"),
    ]
    print(table(rows))
    if done.live_only:
        print(
            f"{done.live_only:,} requests take several exchanges each, which a batch has not: collect "
            "the batches, then ask the rest live with mores run."
        )
    if done.stopped == "budget":
        print("The budget holds no more; repeat the command with a higher one, or collect first.")
    elif done.stopped == "most":
        print("--max-requests is reached; repeat the command to hand in the next.")
    if done.in_flight:
        print(f"next: mores batch collect {folder}")
    elif not done.stopped and not done.live_only:
        print(f"Nothing is left to be handed in; mores batch collect {folder} makes the report.")


@batch.command
def status(folder: Folder, /) -> int:
    """How each batch of a folder stands; nothing is fetched."""
    from mores.cli.printing import table
    from mores.workflow.batch_collecting import states

    found = states(folder)
    heads = ("batch", "id", "state", "answered", "failed", "of", "age", "expires in", "")
    print(table([_line(state) for state in found], heads))
    return 3 if any(state.part.open for state in found) else 0


def _line(state: Any) -> tuple[str, ...]:
    import time

    from mores.cli.printing import duration

    part, told = state.part, state.batch
    answered = failed = ages = expires = ""
    if told is not None:
        answered = f"{told.request_counts.completed:,}"
        failed = f"{told.request_counts.failed:,}"
    if part.submitted and part.open:
        ages = duration(max(0.0, time.time() - part.submitted))
    if told is not None and told.expires_at and not told.ended:
        expires = duration(max(0.0, told.expires_at - time.time()))
    return (
        *(str(part.number), part.batch or "-", state.word, answered or "-", failed or "-"),
        *(f"{part.requests:,}", ages or "-", expires or "-", part.ended or state.problem),
    )


@batch.command
def collect(folder: Folder, /) -> int:
    """Store the answers of batches that have ended; with none in flight, make the report."""
    from mores.cli.runs import print_run
    from mores.workflow.batch_collecting import collect as fetch

    done = fetch(folder, note=_note)
    _print_collected(done)
    if done.run is not None:
        print_run(done.run, asked=False)
    code: int = done.exit_code
    return code


_REMEDIES = {
    "missing": ("missing", "came back without a row; submit again asks"),
    "failed": ("failed", "or not executed in time; submit again asks"),
    "rejected": ("refused as invalid", "submit --retry-rejected asks again"),
    "uncoded": ("uncoded", "submit again asks, as often as the study allows"),
    "duplicate": ("duplicate", "of a request's rows the first counts"),
    "foreign": ("foreign", "rows of no request of the batch; left out"),
    "malformed": ("malformed", "rows that cannot be read; submit again asks what they belonged to"),
}


def _print_collected(done: Any) -> None:
    for name, (word, remedy) in _REMEDIES.items():
        n = sum(getattr(found, name) for _, _, found in done.received)
        if n:
            print(f"{n:,} {word}: {remedy}.")
    stored = sum(found.stored for _, _, found in done.received)
    batches = "1 batch" if len(done.received) == 1 else f"{len(done.received):,} batches"
    print(f"{batches} collected, {stored:,} answers stored.")
    if done.in_flight:
        print(f"{done.in_flight:,} requests are still in flight; repeat the command later.")
    if done.left:
        print(
            f"{done.left:,} requests are left: mores batch submit, or mores run to ask them live."
        )


@batch.command
def cancel(
    folder: Folder,
    /,
    *,
    forget: Annotated[
        bool,
        Parameter(
            help="Also let go of batches that the server does not know, or whose results are gone; "
            "their requests are paid again.",
            negative=(),
        ),
    ] = False,
) -> int:
    """Stop the batches of a folder; what they have answered so far is collected as usual."""
    from mores.workflow.batch_collecting import cancel as stop

    left = stop(folder, forget=forget, note=_note)
    if left:
        batches = "1 batch is" if left == 1 else f"{left:,} batches are"
        print(f"{batches} to be collected: mores batch collect {folder}")
    else:
        print("No batch is left.")
    return 0
