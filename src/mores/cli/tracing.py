"""From a number back to the answers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from pathlib import Path

import polars as pl

from mores.cli.printing import plain, table
from mores.errors import InputError, nearest
from mores.fieldwork.store import AnswerStore, StoredReply
from mores.keys import key_text
from mores.records import Reply, Request
from mores.workflow import open_run
from mores.workflow.manifest import read_manifest, shard_of

__all__ = ["listed", "shown"]

MOST_VALUES = 10
"""Of a column are named where none of its values was given."""
MOST_SHOWN = 20
"""Requests are shown in full."""


def listed(folder: Path, conditions: Sequence[str], limit: int) -> str:
    """Answers that meet all conditions ``column=value``, in the order of the design."""
    if limit < 1:
        raise InputError(f"limit = {limit}; give at least 1")
    path = folder / "answers.parquet"
    if not path.exists():
        shard = shard_of(read_manifest(folder))  # says so where there is no run at all
        if shard is not None:
            raise InputError(
                f"{folder} is shard {shard} of a study, and answers are listed of the whole; when all "
                "shards are asked: mores merge DIR… --out DIR"
            )
        raise InputError(f"{folder} has no answers.parquet yet; first: mores report {folder}")
    try:
        answers = pl.scan_parquet(path, glob=False)
        found = _matching(answers, conditions)
        if found.is_empty():
            return f"0 answers{_held(answers, conditions)}"
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path} cannot be read ({error}); make it anew: mores report {folder}"
        ) from None
    heads = _heads(found)
    rows = [
        [("" if cell is None else cell) for cell in row]
        for row in found.select(heads).head(limit).rows()
    ]
    more = found.height - len(rows)
    tail = f"\n{more:,} more; raise --limit to see them" if more > 0 else ""
    return f"{found.height:,} answers\n{table(rows, heads)}{tail}"


def _heads(found: pl.DataFrame) -> list[str]:
    """The columns that tell what was asked of whom, and what came of it."""
    whom, asked = ["persona"], ["unit"]
    if "arm" in found.columns:
        whom = ["arm", "country", *whom]
    elif "paraphrase" in found.columns:  # framings: no persona, and members that are asked alone
        whom = ["framing", "language", "country"]
        asked += ["question"] * bool((found["question"] != found["unit"]).any())
    heads = ["key", *whom, *asked, "repeat", "status", "choice", "score", "reason"]
    return [head for head in heads if head in found.columns]


def _matching(answers: pl.LazyFrame, conditions: Sequence[str]) -> pl.DataFrame:
    schema = answers.collect_schema()
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals:
            raise InputError(f"--where {condition!r} is not column=value; such as category=max")
        if name not in schema:
            raise InputError(f"--where: there is no column {name!r}; {nearest(name, schema)}")
        answers = answers.filter(_equals(name, schema[name], value))
    return answers.collect()


def _equals(name: str, kind: pl.DataType, value: str) -> pl.Expr:
    if kind.is_nested():
        raise InputError(f"--where: {name} holds lists, which cannot be compared; take another")
    if not kind.is_numeric():
        return pl.col(name).cast(pl.String) == value
    try:
        return pl.col(name) == float(value)
    except ValueError:
        raise InputError(
            f"--where: {name} holds numbers, and {value!r} is none; give a number"
        ) from None


def _held(answers: pl.LazyFrame, conditions: Sequence[str]) -> str:
    """Values that the columns of the conditions do hold, for whoever matched nothing."""
    names = dict.fromkeys(condition.partition("=")[0] for condition in conditions)
    lines = []
    for name in names:
        values = answers.select(pl.col(name).drop_nulls().unique().sort()).collect()[name]
        more = f" and {len(values) - MOST_VALUES:,} more" if len(values) > MOST_VALUES else ""
        held = ", ".join(str(v) for v in values.head(MOST_VALUES)) or "nothing"
        lines.append(plain(f"\n{name} holds: {held}{more}"))
    return "".join(lines)


def shown(folder: Path, key: str) -> str:
    """Prompt, reply and coding of the requests whose key begins so."""
    digits = key.strip().lower().removeprefix("m1-")
    if len(digits) < 4 or any(c not in "0123456789abcdef" for c in digits):
        raise InputError(f"--key {key!r} is no key; give m1- and at least 4 hexadecimal digits")
    bound, model, _ = open_run(folder)
    design = bound.design(model)
    with AnswerStore(folder / "answers.sqlite") as store:
        whole = bytes.fromhex(digits[: len(digits) // 2 * 2])
        found = [item for item in store.find(whole) if item.key.hex().startswith(digits)]
    if not found:
        raise InputError(
            f"no request in {folder} has a key that begins with {key}; list some with --where"
        )

    def one(item: StoredReply) -> str:
        request = design.request(item.trial, item.attempt)
        outcome = design.code(item.trial, item.attempt, item.reply)
        parts = [f"== {key_text(item.key)}  trial {item.trial}, attempt {item.attempt + 1}"]
        parts += [f"-- {message.role}\n{message.content}" for message in request.messages]
        parts.append(f"-- reply\n{_told(request, item.reply)}")
        parts.append(f"-- coded as {outcome.status}: option {outcome.option}, {outcome.reason}")
        if outcome.parts:
            members = ", ".join("none" if part < 0 else str(part) for part in outcome.parts)
            parts.append(f"options of the members, in the order asked: {members}")
        if outcome.flags:
            parts.append(f"flags: {', '.join(outcome.flags)}")
        if outcome.probabilities:
            shares = ", ".join(f"{share:.4f}" for share in outcome.probabilities)
            parts.append(f"shares of the options, in the questionnaire's order: {shares}")
        return plain("\n".join(parts))

    more = len(found) - MOST_SHOWN
    tail = [f"{more:,} more; give more digits of the key to see them"] if more > 0 else []
    return "\n\n".join([one(item) for item in found[:MOST_SHOWN]] + tail)


def _told(request: Request, reply: Reply) -> str:
    """What the model said, or the probabilities of the labels, with bounds where it told no more."""
    if reply.text is not None:
        return reply.text
    if reply.masses is None:
        return f"(no reply: {reply.failure})"
    lines = ["(no text: the probability that the whole answer is each label)"]
    for label, low, high in zip(request.labels, reply.masses.low, reply.masses.high, strict=True):
        least, most = f"{exp(low):.4g}", f"{exp(high):.4g}"
        lines.append(f"{label}  {least}" if least == most else f"{label}  {least} to {most}")
    return "\n".join(lines)
