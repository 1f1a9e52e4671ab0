"""Dilemmas into a folder that data-set libraries load: JSON Lines, Parquet, metadata, a card."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from mores.errors import InputError, StoreError
from mores.instruments.dilemma_schema import dilemma_schema
from mores.instruments.dilemmas import Dilemma, dilemma_json, read_dilemmas
from mores.instruments.texts import is_label
from mores.report.dilemma_export.card import card, summary
from mores.report.dilemma_export.croissant import LINES, ExportedFile, croissant
from mores.report.dilemma_export.publication import Publication, set_version
from mores.report.dilemma_export.tables import FlatTable, filled_tables, table_frame

__all__ = ["Exported", "Publication", "export_dilemmas"]

_URL = re.compile(r"https?://[^\s<>\"]+")
_SHIPPED = Publication("mores value dilemmas", "The mores developers")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes
    ----------
    n : int
        Dilemmas.
    version : str
        Of the set, as `set_version` gives it.
    files : tuple of (str, int)
        Name and size in bytes of each file, in the order of writing.
    """

    n: int
    version: str
    files: tuple[tuple[str, int], ...]


def export_dilemmas(
    source: Path | None,
    out: Path,
    *,
    name: str | None = None,
    creator: str | None = None,
    url: str | None = None,
    published: str | None = None,
) -> Exported:
    """Write a set of dilemmas into a new folder, all of it or nothing.

    The same dilemmas and names give the same bytes, with the same version of polars.

    Parameters
    ----------
    source : Path or None
        A file of dilemmas; those that come with the package if None.
    out : Path
        The folder to be.
    name, creator : str, optional
        Of the data set; the file's name, and nothing, unless given.
    url : str, optional
        Where it can be had.
    published : str, optional
        ISO 8601 date.

    Raises
    ------
    InstrumentError
        If the dilemmas cannot be read.
    InputError
        If the folder is there, or what is said of the set is unusable.
    StoreError
        If it cannot be written.
    """
    _check_new(out)
    publication = _publication(source, name, creator, url, published)
    dilemmas = read_dilemmas(source)
    files = _files(dilemmas, publication)
    _publish(files, out)
    sizes = tuple((file.name, len(file.content)) for file in files)
    return Exported(len(dilemmas), set_version(dilemmas), sizes)


def _check_new(out: Path) -> None:
    if os.path.lexists(out):
        raise InputError(f"{out} is there already; choose another folder with --out")
    if not out.parent.is_dir():
        raise InputError(f"the folder {out.parent} does not exist; make it, or choose another")


def _publication(
    source: Path | None,
    name: str | None,
    creator: str | None,
    url: str | None,
    published: str | None,
) -> Publication:
    for option, text in (("--name", name), ("--creator", creator)):
        if text is not None and not is_label(text):
            raise InputError(f"{option} {text[:40]!r} must be one line of 1 to 200 characters")
    if url is not None and not (_URL.fullmatch(url) and url.isprintable()):
        raise InputError(f"--url {url[:80]!r} is no address; write it as https://…")
    if published is not None and not _is_day(published):
        raise InputError(f"--published {published[:40]!r} is not a date; write it as 2026-06-21")
    own = _SHIPPED if source is None else Publication(source.stem)
    given = {"name": name, "creator": creator, "url": url, "published": published}
    return replace(own, **{key: text for key, text in given.items() if text is not None})


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _files(dilemmas: Sequence[Dilemma], publication: Publication) -> list[ExportedFile]:
    """Every file of the folder, the data first."""
    lines = "".join(f"{dilemma_json(d)}\n" for d in dilemmas)
    data = [
        ExportedFile(
            LINES, "application/jsonlines", "The dilemmas, one a line.", lines.encode("utf-8")
        ),
        *(_table(table, dilemmas) for table in filled_tables(dilemmas)),
        ExportedFile(
            "dilemma.schema.json",
            "application/schema+json",
            "JSON Schema of a line of dilemmas.jsonl.",
            _json(dilemma_schema()),
        ),
    ]
    metadata = croissant(dilemmas, publication, data, summary(dilemmas))
    readme = card(dilemmas, publication, data)
    return [
        *data,
        ExportedFile("croissant.json", "application/ld+json", "Metadata.", _json(metadata)),
        ExportedFile("README.md", "text/markdown", "The card.", readme.encode("utf-8")),
    ]


def _table(table: FlatTable, dilemmas: Sequence[Dilemma]) -> ExportedFile:
    buffer = BytesIO()
    table_frame(table, dilemmas).write_parquet(buffer)
    return ExportedFile(
        f"{table.name}.parquet",
        "application/x-parquet",
        table.description,
        buffer.getvalue(),
    )


def _json(document: Any) -> bytes:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _publish(files: Sequence[ExportedFile], out: Path) -> None:
    """Write the files beside the folder's place, then put the folder there in one step."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        temporary.mkdir()
        for file in files:
            (temporary / file.name).write_bytes(file.content)
        _check_new(out)
        temporary.rename(out)
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written ({error.strerror}); check room and permissions, then repeat"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
