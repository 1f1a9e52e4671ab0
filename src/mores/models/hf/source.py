"""What the user typed after ``hf:``, before anything is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mores.errors import ModelError, nearest

__all__ = ["DTYPES", "EXTRA", "Source", "need_extra"]

DTYPES = {
    "float32": "float32",
    "fp32": "float32",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
    "float16": "float16",
    "fp16": "float16",
}
EXTRA = ("torch", "transformers")
_FORM = "hf:REPO_OR_PATH[@REVISION][,dtype=float32][,device=cpu]"
_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?")
_DEVICE = re.compile(r"cpu|cuda(:\d+)?")


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
        ``cpu``, ``cuda`` or ``cuda:N``; None for CUDA where there is one.
    """

    spec: str
    name: str
    local: bool
    revision: str | None = None
    dtype: str | None = None
    device: str | None = None

    @property
    def label(self) -> str:
        """Short name for tables and figures."""
        return Path(self.name).expanduser().resolve().name if self.local else self.name

    @classmethod
    def parse(cls, spec: str) -> Source:
        """Read ``hf:REPO_OR_PATH[@REVISION][,dtype=…][,device=…]``.

        Raises
        ------
        ModelError
            If an option is unknown, a directory is not there, or a name can be no repository's.
        """
        place, *options = spec.removeprefix("hf:").split(",")
        given = _options(spec, options)
        place = place.strip()
        if not place:
            raise ModelError(f"{spec!r} names no model; write {_FORM}")
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
                "and a tokenizer, or the name of a repository, such as hf:ORGANISATION/NAME"
            )
        if not _REPOSITORY.fullmatch(name):
            raise ModelError(
                f"{spec}: {name!r} is neither a directory nor the name of a repository; write {_FORM}"
            )
        return cls(spec, name, False, revision or None, **given)


def _options(spec: str, options: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for option in options:
        name, separator, value = (part.strip() for part in option.partition("="))
        if not separator or name not in ("dtype", "device"):
            raise ModelError(f"{spec}: {option!r}; {nearest(name, ('dtype=…', 'device=…'))}")
        if name == "dtype" and value not in DTYPES:
            raise ModelError(f"{spec}: dtype={value}; {nearest(value, DTYPES)}")
        if name == "device" and not _DEVICE.fullmatch(value):
            raise ModelError(f"{spec}: device={value}; use cpu, cuda or cuda:N")
        given[name] = DTYPES[value] if name == "dtype" else value
    return given


def _is_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1


def need_extra(spec: str) -> None:
    """Check that the extra is installed, without importing it.

    Raises
    ------
    ModelError
        If a package of it is missing.
    """
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise ModelError(
            f"{spec} runs in this process and needs {' and '.join(missing)}, not installed here; "
            "install the extra: pip install 'mores[hf]'"
        )
