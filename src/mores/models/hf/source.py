"""What the user typed after ``hf:`` or ``vllm:``, before anything is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mores.errors import ModelError, nearest

__all__ = ["DTYPES", "EXTRAS", "Source", "need_extra"]

DTYPES = {
    "float32": "float32",
    "fp32": "float32",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
    "float16": "float16",
    "fp16": "float16",
}
EXTRAS = {"hf": ("torch", "transformers"), "vllm": ("vllm", "torch", "transformers")}
_FORMS = {
    "hf": "hf:REPO_OR_PATH[@REVISION][,dtype=…][,device=…][,remote_code=yes][,plain=yes]",
    "vllm": "vllm:REPO_OR_PATH[@REVISION][,dtype=…][,context=…][,gpus=…][,remote_code=yes]"
    "[,plain=yes]",
}
_OPTIONS = {
    "hf": ("dtype", "device", "remote_code", "plain"),
    "vllm": ("dtype", "context", "gpus", "remote_code", "plain"),
}
_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?")
_DEVICE = re.compile(r"cpu|cuda(:\d+)?")
_COUNT = re.compile(r"[1-9]\d{0,7}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model comes from and how it is to be run.

    Attributes
    ----------
    spec : str
        As typed.
    name : str
        A local directory or the name of a repository.
    local : bool
        True for a directory, which exists; nothing is ever downloaded for it.
    revision : str or None
        Branch, tag or commit of a repository; None for its default.
    dtype : str or None
        ``float32``, ``bfloat16`` or ``float16``; None leaves it to the device (bfloat16 on CUDA,
        float32 on the CPU).
    device : str or None
        ``cpu``, ``cuda`` or ``cuda:N``; None for CUDA where there is one. For ``hf`` alone.
    remote_code : bool
        The user has said that code which comes with the model may be run.
    plain : bool
        The user has said that a model without a chat template may be asked in a plain form.
    context : int or None
        Most tokens of prompt and answer together; None for the model's own. For ``vllm`` alone.
    gpus : int
        Over how many GPUs the model is spread. For ``vllm`` alone.
    """

    spec: str
    name: str
    local: bool
    revision: str | None = None
    dtype: str | None = None
    device: str | None = None
    remote_code: bool = False
    plain: bool = False
    context: int | None = None
    gpus: int = 1

    @property
    def kind(self) -> str:
        """``hf`` or ``vllm``."""
        return self.spec.partition(":")[0]

    @property
    def folder(self) -> Path:
        """The directory of a local model."""
        return Path(self.name).expanduser()

    @property
    def label(self) -> str:
        """Short name for tables and figures."""
        return self.folder.resolve().name if self.local else self.name

    @classmethod
    def parse(cls, spec: str) -> Source:
        """Read ``KIND:REPO_OR_PATH[@REVISION][,NAME=VALUE…]``.

        Raises
        ------
        ModelError
            If an option is unknown, a directory is not there, or a name can be no repository's.
        """
        kind, _, rest = spec.partition(":")
        place, *options = rest.split(",")
        given = _options(spec, kind, options)
        place = place.strip()
        if not place:
            raise ModelError(f"{spec!r} names no model; write {_FORMS[kind]}")
        if Path(place).expanduser().is_dir():
            return cls(spec, place, True, None, **given)
        name, _, revision = place.partition("@")
        if Path(name).expanduser().is_dir():
            raise ModelError(
                f"{spec}: a directory has no revisions; leave out @{revision}, or name a repository"
            )
        if _is_path(name):
            raise ModelError(
                f"{spec}: there is no directory {name!r}; give one that holds config.json, weights "
                f"and a tokenizer, or the name of a repository, such as {kind}:ORGANISATION/NAME"
            )
        if not _REPOSITORY.fullmatch(name):
            raise ModelError(
                f"{spec}: {name!r} is neither a directory nor the name of a repository; write "
                f"{_FORMS[kind]}"
            )
        return cls(spec, name, False, revision or None, **given)


def _options(spec: str, kind: str, options: list[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for option in options:
        name, separator, value = (part.strip() for part in option.partition("="))
        if not separator or name not in _OPTIONS[kind]:
            known = [f"{known}=…" for known in _OPTIONS[kind]]
            raise ModelError(f"{spec}: {option!r}; {nearest(name, known)}")
        try:
            given[name] = _VALUES[name](value)
        except ValueError as error:
            raise ModelError(f"{spec}: {name}={value}; {error}") from None
    return given


def _dtype(value: str) -> str:
    if value not in DTYPES:
        raise ValueError(nearest(value, DTYPES))
    return DTYPES[value]


def _device(value: str) -> str:
    if not _DEVICE.fullmatch(value):
        raise ValueError("use cpu, cuda or cuda:N")
    return value


def _yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise ValueError("use yes or no")
    return value == "yes"


def _count(value: str) -> int:
    if not _COUNT.fullmatch(value):
        raise ValueError("use a whole number, 1 or more")
    return int(value)


_VALUES: dict[str, Callable[[str], Any]] = {
    "dtype": _dtype,
    "device": _device,
    "remote_code": _yes,
    "plain": _yes,
    "context": _count,
    "gpus": _count,
}


def _is_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1


def need_extra(spec: str) -> None:
    """Check that the extra of a kind of model is installed, without importing it.

    Raises
    ------
    ModelError
        If a package of it is missing.
    """
    kind = spec.partition(":")[0]
    missing = [name for name in EXTRAS[kind] if find_spec(name) is None]
    if missing:
        raise ModelError(
            f"{spec} runs in this process and needs {' and '.join(missing)}, not installed here; "
            f"install the extra: pip install 'mores[{kind}]'"
        )
