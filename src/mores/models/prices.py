"""What a model's tokens cost: a dated table, and the user's own on top of it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mores.errors import InputError, ModelError
from mores.instruments.validation import shown
from mores.models.interface import Price

__all__ = ["VARIABLE", "check_budget", "price_of"]

VARIABLE = "MORES_PRICES"
_FREE = Price(0.0, 0.0, "", "runs on this machine")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: float = Field(ge=0, allow_inf_nan=False, strict=True)
    completion: float = Field(ge=0, allow_inf_nan=False, strict=True)
    as_of: date
    source: str = Field(min_length=1)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    price: dict[str, _Entry]


def price_of(
    spec: str, *, table: Path | None = None, environ: Mapping[str, str] | None = None
) -> Price | None:
    """The price of a model's tokens.

    Parameters
    ----------
    spec : str
        As for `mores.models.registry.resolve`.
    table : Path, optional
        TOML file of the same shape as ``data/prices.toml`` whose entries go before it; the file that
        the environment variable ``MORES_PRICES`` names unless given.
    environ : mapping, optional
        The process's environment unless given.

    Returns
    -------
    Price or None
        US dollars per million tokens; None if the price is unknown, which is not the same as
        nothing. Simulated models, Ollama's and those at an address of this machine cost nothing
        unless the user's table says otherwise.

    Raises
    ------
    ModelError
        If the user's table cannot be read.
    """
    spec = spec.strip()
    named = (os.environ if environ is None else environ).get(VARIABLE, "").strip()
    path = table if table is not None else Path(named) if named else None
    entry = _of_user(path).get(spec) if path is not None else None
    if entry is None and _is_local(spec):
        return _FREE
    entry = entry or _shipped().get(spec)
    if entry is None:
        return None
    return Price(entry.prompt, entry.completion, entry.as_of.isoformat(), entry.source)


def _is_local(spec: str) -> bool:
    if spec == "sim" or spec.startswith(("sim:", "ollama/")):
        return True
    if "://" not in spec:
        return False
    from mores.models.providers import is_loopback
    from mores.models.replicas import addresses

    try:
        return all(is_loopback(urlsplit(one).hostname or "") for one in addresses(spec))
    except (ValueError, ModelError):
        return False


@cache
def _shipped() -> dict[str, _Entry]:
    text = files("mores.models").joinpath("data/prices.toml").read_text("utf-8")
    return _Table.model_validate(tomllib.loads(text)).price


def _of_user(path: Path) -> dict[str, _Entry]:
    remedy = (
        '[price."PROVIDER/NAME"] with prompt and completion (US dollars per million tokens), '
        "as_of (a date) and source (a text)"
    )
    try:
        return _Table.model_validate(tomllib.loads(path.read_text("utf-8-sig"))).price
    except OSError as problem:
        raise ModelError(f"the price table {path} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise ModelError(
            f"the price table {path} is not UTF-8 text; save it as UTF-8, and write {remedy}"
        ) from None
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelError(
            f"the price table {path}: {place} = {shown(first['input'])}: {first['msg']}; write {remedy}"
        ) from None
    except (ValueError, RecursionError) as problem:
        raise ModelError(f"the price table {path} is not TOML: {problem}; write {remedy}") from None


def check_budget(budget: float, price: Price | None, model: str) -> None:
    """Refuse a budget that cannot be kept.

    Parameters
    ----------
    budget : float
        US dollars.
    price : Price or None
        Of the model's tokens.
    model : str
        Its name, for the message.

    Raises
    ------
    InputError
        If it is no amount, or the price is unknown.
    """
    if not 0 < budget < inf:
        raise InputError(f"budget = {budget}; give US dollars above 0, or leave it out")
    if price is None:
        raise InputError(
            f"the price of {model} is unknown, so a budget cannot be kept; give a price table with "
            "--prices, or leave out --budget"
        )
