"""Commands, errors, providers and coding reasons, from the code."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from parts.markdown import first_line, table


def commands(app: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with what it calls, in the order of their definition."""
    if words and app.default_command is not None:
        yield words, app.default_command
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], (*words, name))


def parameters(function: Callable[..., Any]) -> list[list[str]]:
    """Name, type, default and help of each parameter of a command."""
    hints = typing.get_type_hints(function, include_extras=True)
    rows = []
    for name, parameter in inspect.signature(function).parameters.items():
        kind, meta = typing.get_args(hints[name])[0], typing.get_args(hints[name])[1]
        positional = parameter.kind is parameter.POSITIONAL_ONLY
        shown = f"`{name.upper()}`" if positional else f"`--{name.replace('_', '-')}`"
        default = parameter.default
        if default is parameter.empty:
            default_text = "required"
        else:
            default_text = "" if default in (None, False) else f"`{default}`"
        rows.append([shown, type_name(kind), default_text, meta.help or ""])
    return rows


def type_name(kind: Any) -> str:
    """A type in a word."""
    if isinstance(kind, types.UnionType):
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if typing.get_origin(kind) is list:
        return f"{type_name(typing.get_args(kind)[0])}, several"
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(str(choice) for choice in typing.get_args(kind))
    names = {str: "text", int: "whole number", float: "number", bool: "flag", Path: "path"}
    return names[kind]


def cli() -> str:
    """All commands with their parameters."""
    from mores.cli.commands import app

    parts = []
    for words, function in commands(app):
        rows = parameters(function)
        positional = " ".join(row[0].strip("`") for row in rows if not row[0].startswith("`--"))
        options = " [options]" if any(row[0].startswith("`--") for row in rows) else ""
        usage = " ".join(["mores", *words, *([positional] if positional else [])]) + options
        parts.append(
            f"### `{' '.join(['mores', *words])}`\n\n{first_line(function)}\n\n```sh\n{usage}\n```"
        )
        if rows:
            parts.append(table(["parameter", "type", "default", "meaning"], rows))
    return "\n\n".join(parts)


def errors() -> str:
    """The error tree with exit codes."""
    from mores.errors import MoresError

    def lines(kind: type[MoresError], depth: int) -> Iterator[list[str]]:
        indent = "&emsp;" * depth
        yield [f"{indent}`{kind.__name__}`", str(kind.exit_code), first_line(kind)]
        for below in kind.__subclasses__():
            if below.__module__ == "mores.errors":
                yield from lines(below, depth + 1)

    return table(["error", "exit code", "meaning"], list(lines(MoresError, 0)))


def providers() -> str:
    """The named providers."""
    from mores.models.providers import providers

    rows = [
        [
            f"`{name}/NAME`",
            p.base,
            f"`{p.key_variable}`" if p.key_variable else "none",
            f"`{p.base_variable}`",
        ]
        for name, p in providers().items()
    ]
    return table(["model", "address", "key in", "another address in"], rows)


def reasons() -> str:
    """The codes that say how a reply was read."""
    from mores.coding.reasons import REASONS

    return table(["reason", "meaning"], [[f"`{code}`", text] for code, text in REASONS.items()])


PARTS = (cli, errors, providers, reasons)
