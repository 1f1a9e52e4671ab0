"""A run's answers as files for other programs, in folders by the values of some columns."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mores.errors import InputError, StoreError, nearest
from mores.workflow.folder import make_folder
from mores.workflow.manifest import check_whole, read_manifest

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FORMATS", "MOST_FILES", "export"]

FORMATS = ("parquet", "csv")
MOST_FILES = 20_000
"""Folders that an export makes at most."""
_ROWS = 100_000
_NULL = "__HIVE_DEFAULT_PARTITION__"
"""The folder of missing and of empty values, as programs that read such folders know it."""


def export(
    folder: Path | str,
    out: Path | str,
    partition: Sequence[str] = (),
    format: Literal["parquet", "csv"] = "parquet",
) -> int:
    """Write a run's answers as a new folder of files, in bounded memory.

    Parameters
    ----------
    folder : path
        A run's folder with a report.
    out : path
        The folder to make; it must not be there. It appears at once, when all is written.
    partition : sequence of str
        Columns by whose values files are put into folders, ``COLUMN=VALUE/COLUMN=VALUE/part-N``, as
        Hive names them; values are percent-encoded, missing and empty ones are
        ``__HIVE_DEFAULT_PARTITION__``.
        These columns are in the names of the folders alone.
    format : {"parquet", "csv"}
        CSV is such that no spreadsheet runs a cell of it, lists as text.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    MoresError
        If the folder is no run's or has no report, `out` is there, a column does not exist or cannot
        be in a name, there would be more than `MOST_FILES` folders, or the disk does not take it.
    """
    import polars as pl

    folder, out = Path(folder), Path(out)
    if format not in FORMATS:
        raise InputError(f"format = {format!r}; it is {' or '.join(FORMATS)}")
    check_whole(folder, read_manifest(folder), "then export that")
    path = folder / "answers.parquet"
    if not path.exists():
        raise InputError(f"{folder} has no answers.parquet yet; first: mores report {folder}")
    if os.path.lexists(out):
        raise InputError(
            f"{out} is there already, and nothing is overwritten; choose another --out"
        )
    try:
        _check_columns(path, partition)
        with _new_folder(out) as temporary:
            return _written(path, temporary, partition, format)
    except (pl.exceptions.PolarsError, OSError) as error:
        if isinstance(error, OSError) or "os error" in str(error).lower():
            reason = getattr(error, "strerror", None) or error
            raise StoreError(
                f"{out} cannot be written ({reason}); make room, check the permissions, then repeat"
            ) from None
        raise InputError(
            f"{path} cannot be read ({error}); make it anew: mores report {folder}"
        ) from None


def _check_columns(path: Path, partition: Sequence[str]) -> None:
    import polars as pl

    rows = pl.scan_parquet(path, glob=False)
    schema = rows.collect_schema()
    for name in partition:
        if name not in schema:
            raise InputError(f"--partition: there is no column {name!r}; {nearest(name, schema)}")
        if schema[name].is_nested() or schema[name].is_float():
            raise InputError(
                f"--partition: {name} holds {'lists' if schema[name].is_nested() else 'fractions'}, "
                "which name no folder; take another column"
            )
    if len(set(partition)) < len(partition):
        raise InputError(f"--partition names a column twice ({', '.join(partition)}); once each")
    if len(partition) == len(schema):
        raise InputError("--partition names every column, and the files would be empty; leave some")
    if partition:
        found = rows.select(pl.struct(partition).n_unique()).collect(engine="streaming").item()
        if found > MOST_FILES:
            raise InputError(
                f"--partition {' '.join(partition)} makes {found:,} folders, and at most "
                f"{MOST_FILES:,} are made; take columns with fewer values"
            )


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder that is moved to its place at the end, and removed if anything fails."""
    make_folder(out.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if os.path.lexists(out):  # made meanwhile; an empty one would be replaced silently
            raise InputError(
                f"{out} has come into being meanwhile, and nothing is overwritten; choose another --out"
            )
        temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    found = os.umask(0o022)
    os.umask(found)
    return found


def _written(path: Path, into: Path, partition: Sequence[str], format: str) -> int:
    """Write slice after slice; each adds a file to the folders that it has rows of."""
    import polars as pl

    rows = pl.scan_parquet(path, glob=False)
    height = int(rows.select(pl.len()).collect().item())
    numbers: dict[Path, int] = {}
    for start in range(0, max(height, 1), _ROWS):
        part = rows.slice(start, _ROWS).collect(engine="streaming")
        for place, found in _divided(part, partition):
            target = into / place
            n = numbers[target] = numbers.get(target, -1) + 1
            if n == 0 and partition:
                _make(target)
            _write(found, target / f"part-{n:05d}.{format}", format)
    return height


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)  # on some disks "a" and "A" are one: no file is replaced
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(
                f"--partition: {folder.name[:40]}… is too long for the name of a folder; take columns "
                "with shorter values"
            ) from None
        raise


def _divided(part: pl.DataFrame, by: Sequence[str]) -> Iterator[tuple[Path, pl.DataFrame]]:
    if not by:
        yield Path(), part
        return
    for values, found in part.partition_by(
        by, as_dict=True, include_key=False, maintain_order=True
    ).items():
        names = [f"{_name(n)}={_name(v)}" for n, v in zip(by, values, strict=True)]
        yield Path(*names), found


def _name(value: object) -> str:
    from urllib.parse import quote

    text = "" if value is None else str(value)
    if text in ("", _NULL):
        return text.replace("_", "%5F", 1) or _NULL
    return quote(text, safe=" ,;()[]{}!@$^&-_~")


def _write(table: pl.DataFrame, path: Path, format: str) -> None:
    from mores.report.frames import csv_frame

    if format == "parquet":
        table.write_parquet(path)
    else:
        csv_frame(table).write_csv(path)
