"""What a file is, told from its first bytes and not from its name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

from mores.errors import PopulationError

__all__ = ["HEAD", "Content", "content_of", "kind_of", "unusable"]

HEAD = 4096
"""As many bytes as `kind_of` needs to see."""

Content = Literal["csv", "sav", "dta", "xlsx", "xls", "zip"]
"""What can be read."""

_USABLE = (
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
    (b"<stata_dta>", "dta"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
_UNUSABLE = (
    (b"\x1f\x8b", "compressed with gzip (as R's .rds and .RData files are)"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"RDX", "an R data file"),
    (b"RDA", "an R data file"),
    (b"X\n\x00\x00\x00", "an R data file"),
    (b"A\n2\n", "an R data file"),
    (b"A\n3\n", "an R data file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)
_SAS = b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf"
_STATA_OLD = range(105, 116)  # number of the format, in the first byte, before Stata 13
_WORD_TO_OLE = (("EncryptedPackage", "locked"), ("Workbook", "xls"), ("Book", "xls"))
_MARKS = (b"\xff\xfe", b"\xfe\xff")

TAKE_ANOTHER = "take the file as CSV, SPSS, Stata or Excel from the survey's archive"


def kind_of(head: bytes) -> tuple[str, str]:
    """What a file is, by its first `HEAD` bytes.

    Returns
    -------
    pair of str
        ``("sav" | "dta" | "zip" | "ole" | "csv", "")`` for what may be usable, where a zip may be
        a workbook and csv is any text; ``("", what)`` for what is not, in words.
    """
    for magic, kind in _USABLE:
        if head.startswith(magic):
            return kind, ""
    if len(head) > 3 and head[0] in _STATA_OLD and head[1] in (1, 2) and head[2:4] == b"\1\0":
        return "dta", ""
    for magic, what in _UNUSABLE:
        if head.startswith(magic):
            return "", what
    if head.startswith(_SAS):
        return "", "a SAS data file"
    if b"SPSS PORT FILE" in head:
        return "", "an SPSS portable file (.por)"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        return "", "a web page, perhaps the archive's sign-in page saved in place of the data"
    if b"\0" in head and not head.startswith(_MARKS):
        return "", "neither text nor a data format known here (it holds NUL bytes)"
    return "csv", ""


def unusable(source: str, what: str) -> PopulationError:
    """The error about a file that is something else."""
    return PopulationError(f"{source}: is {what}; {TAKE_ANOTHER}")


def content_of(path: Path, source: str) -> Content:
    """What a file is, by its content.

    Parameters
    ----------
    path : Path
        Where it lies.
    source : str
        Its name in messages.

    Raises
    ------
    PopulationError
        If it is missing, empty, damaged, locked with a password, or something else altogether.
    """
    with _opened(path, source) as file:
        head = file.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise PopulationError(f"{source}: is empty; download it again")
    kind, what = kind_of(head)
    if kind == "zip":
        return _zip_content(path, source)
    if kind == "ole":
        return _ole_content(path, source)
    if not kind:
        raise unusable(source, what)
    return cast(Content, kind)


def _opened(path: Path, source: str) -> BinaryIO:
    if path.is_dir():
        raise PopulationError(f"{source}: is a folder; name the files in it")
    if path.exists() and not path.is_file():
        raise PopulationError(f"{source}: is no regular file; save the data in a file and name it")
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise PopulationError(
            f"{source}: there is no such file; give the path of a survey file"
        ) from None
    except (OSError, ValueError) as problem:
        raise PopulationError(
            f"{source}: cannot be opened ({problem}); check its name and your rights to it"
        ) from None


def _zip_content(path: Path, source: str) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = b""
            if "mimetype" in names:
                with archive.open("mimetype") as member:
                    kind = member.read(80)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        raise PopulationError(
            f"{source}: a zip archive or Excel workbook that is damaged or cut off; "
            "download it again"
        ) from None
    if "[Content_Types].xml" not in names:
        if kind.startswith(b"application/vnd.oasis"):
            raise unusable(source, "an OpenDocument file")
        return "zip"
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx"
    raise unusable(source, "an Office document without a workbook")


def _ole_content(path: Path, source: str) -> Content:
    """Tell an old workbook from an encrypted one by the names in the container's directory."""
    for word, kind in _WORD_TO_OLE:
        name = (word + "\0").encode("utf-16-le")
        if any(name in block for block in _blocks(path, len(name))):
            if kind == "locked":
                raise PopulationError(
                    f"{source}: the workbook is locked with a password; open it in Excel and save "
                    "it without one"
                )
            return "xls"
    raise unusable(source, "an old Office document without a workbook")


def _blocks(path: Path, overlap: int, size: int = 1 << 22) -> Iterator[bytes]:
    tail = b""
    with path.open("rb") as file:
        while block := file.read(size):
            yield tail + block
            tail = block[-overlap:]
