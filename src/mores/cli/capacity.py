"""`mores plan`: what a study would ask, and what it would take on how many GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mores.cli.values import number, numbers, whole, whole_numbers

if TYPE_CHECKING:
    from mores.workflow.capacity import Capacity

__all__ = ["WORK_HEADS", "plan", "time_heads", "time_rows", "work_rows"]

WORK_HEADS = (
    "study",
    "requests",
    "prompt tokens",
    "distinct",
    "answer tokens",
    "on disk",
    "report",
)


def plan(
    study: Annotated[
        str | None,
        Parameter(
            help="A preset's name (see: mores studies), or the path of a TOML file; with --capacity, "
            "all presets if left out."
        ),
    ] = None,
    /,
    *,
    capacity: Annotated[
        bool,
        Parameter(
            help="Time, machines, disk and money on GPUs; else what the simulated model would be "
            "asked.",
            negative=(),
        ),
    ] = False,
    gpus: Annotated[
        list[int] | None,
        Parameter(help="Numbers of GPUs; 1,8,64 by default.", converter=whole_numbers, negative=()),
    ] = None,
    model_size: Annotated[
        str | None, Parameter(help="8B, 27B or 70B parameters; 8B by default.")
    ] = None,
    requests: Annotated[
        int | None,
        Parameter(
            help="So many requests of the study's kind, not its own number.", converter=whole
        ),
    ] = None,
    answer_tokens: Annotated[
        float | None,
        Parameter(help="Tokens of an answer in text; 120 by default.", converter=number),
    ] = None,
    tokens_per_second: Annotated[
        list[float] | None,
        Parameter(
            help="Of one GPU, as you measured it: answer tokens, such as 5000; or prompt and answer "
            "tokens, such as 20000,5000.",
            converter=numbers,
            negative=(),
        ),
    ] = None,
    latency: Annotated[
        float | None,
        Parameter(
            help="Seconds an answer: the GPUs are behind HTTP servers, not in a cluster.",
            converter=number,
        ),
    ] = None,
    concurrency: Annotated[
        int | None,
        Parameter(
            help="Requests in flight at once, over HTTP; 32 by default.",
            converter=whole,
        ),
    ] = None,
    price_gpu_hour: Annotated[
        float | None, Parameter(help="US dollars of a GPU and hour.", converter=number)
    ] = None,
    json: Annotated[bool, Parameter(help="Print JSON, in seconds and bytes.", negative=())] = False,
) -> int:
    """What a study would ask; with --capacity, what it would take on GPUs. Nothing is asked."""
    from mores import workflow
    from mores.errors import InputError

    if not capacity:
        from mores.cli.runs import print_plan

        if study is None:
            raise InputError("plan needs a study; see: mores studies; or add --capacity")
        _check_not_given(
            gpus=gpus,
            model_size=model_size,
            requests=requests,
            answer_tokens=answer_tokens,
            tokens_per_second=tokens_per_second,
            latency=latency,
            price_gpu_hour=price_gpu_hour,
            json=json or None,
        )
        print_plan(workflow.plan(study), 32 if concurrency is None else concurrency)
        return 0
    if concurrency is not None and latency is None:
        raise InputError(
            "--concurrency counts with --capacity only where models are behind HTTP; add --latency, or "
            "leave it out"
        )
    from mores.workflow.capacity import capacity as counted

    model_size = model_size or "8B"
    rows = counted(
        study,
        gpus=(1, 8, 64) if gpus is None else gpus,
        model_size=model_size,
        requests=requests,
        answer_tokens=answer_tokens,
        tokens_per_second=tokens_per_second,
        latency=latency,
        concurrency=32 if concurrency is None else concurrency,
        price_gpu_hour=price_gpu_hour,
    )
    if json:
        from json import dumps

        print(dumps([row.record() for row in rows], indent=2))
    else:
        print(_text(rows, model_size, tokens_per_second is not None, latency))
    return 0


def _check_not_given(**options: object) -> None:
    """Refuse what only `--capacity` counts with, rather than leave it out of account."""
    from mores.errors import InputError

    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
    if given:
        raise InputError(
            f"{', '.join(given)} can be given with --capacity only; add it, or leave "
            f"{'it' if len(given) == 1 else 'them'} out"
        )


def _text(rows: Sequence[Capacity], size: str, own: bool, latency: float | None) -> str:
    from mores.cli.printing import table

    if own:
        whose = "Tokens a second are yours."
    else:
        whose = (
            "Tokens a second of a GPU are assumed, not measured: in brackets, the time at the most "
            "and at the least."
        )
    ways = {True: "in the actors of a cluster", False: "behind HTTP"}
    return "\n\n".join(
        [
            table(work_rows(rows), WORK_HEADS),
            f"A model of {size} {ways[latency is None]}\n{table(time_rows(rows), time_heads(rows))}",
            f"{whose} No GPU and no cluster of several machines\nwas at hand when this was written. "
            "What each number comes from: docs/capacity.md.\nNothing was asked.",
        ]
    )


def work_rows(rows: Sequence[Capacity]) -> list[list[str]]:
    """What is asked, in cells."""
    found = []
    for row in rows:
        work, any_ = row.work, next(need for need in row.needs if need is not None)
        found.append(
            [
                row.study,
                f"{work.requests:,}",
                _short(work.prompt_tokens),
                _short(work.distinct_tokens),
                _short(work.answer_tokens),
                f"{_short(any_.store + any_.parquet)}B",
                _span(any_.report),
            ]
        )
    return found


def time_heads(rows: Sequence[Capacity]) -> list[str]:
    """Heads of `time_rows`."""
    return ["study", *(_of_gpus(n) for n in rows[0].gpus)]


def time_rows(rows: Sequence[Capacity]) -> list[list[str]]:
    """How long it is asked, what limits that, and what it costs, in cells."""
    return [[row.study, *(_cell(row, i) for i in range(len(row.gpus)))] for row in rows]


def _cell(row: Capacity, i: int) -> str:
    need, seconds = row.needs[i], row.seconds[i]
    if need is None or seconds is None:
        return "too few for a replica"
    quick, slow = (_span(n) for n in seconds)
    between = "" if quick == slow else f" ({quick} to {slow})"
    return f"{_span(need.asking)}{between}, {need.limit}, US$ {_money(need.dollars)}"


def _of_gpus(n: int) -> str:
    from mores.fieldwork.capacity import GPUS_A_MACHINE

    machines = -(-n // GPUS_A_MACHINE)
    gpus = "1 GPU" if n == 1 else f"{n} GPUs"
    return gpus if machines == 1 else f"{gpus} in {machines} machines"


def _short(number: float) -> str:
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= 0.9995 * size:
            return f"{_digits(number / size, 3)} {letter}"
    return f"{_digits(number, 3)} "


def _span(seconds: float) -> str:
    for size, unit in ((86_400 * 3, "d"), (5_400, "h"), (90, "min")):
        if seconds >= size:
            return f"{_digits(seconds / {'d': 86_400, 'h': 3_600, 'min': 60}[unit], 2)} {unit}"
    return f"{_digits(seconds, 2)} s"


def _digits(number: float, n: int) -> str:
    """So many digits that count, and never an exponent: 0.12, 4.2, 160."""
    if number < 1:
        return f"{number:.{n}g}"
    rounded = round(number, n - len(str(int(number))))
    return f"{rounded:,.{n}g}" if rounded < 10**n else f"{rounded:,.0f}"


def _money(dollars: float) -> str:
    return f"{dollars:,.2f}" if dollars < 10 else f"{dollars:,.0f}"
