"""Zip archives of survey files, unpacked within limits."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from mores.errors import PopulationError
from mores.populations.importing.content import HEAD, content_of, kind_of

__all__ = ["Budget", "Unpacked", "stream", "unpacked"]

_BLOCK = 1 << 20
_RATIO_FROM = 1 << 26  # small members may be as dense as they like
_DATA_ENDINGS = {".csv", ".sav", ".dta", ".xlsx"}
_UNSUPPORTED = (NotImplementedError, RuntimeError)  # as the library says it of a compression
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, *_UNSUPPORTED)


@dataclass
class Budget:
    """What may still be unpacked of one file, archives inside it included.

    Attributes
    ----------
    total : int
        Bytes in all. The integrated file of all waves has about 2 GB.
    ratio : int
        Largest ratio of a large member's size to its packed size. Survey files reach about 60.
    members : int
        Number of members.
    """

    total: int = 8 << 30
    ratio: int = 400
    members: int = 10_000
    used: int = field(default=0, init=False)

    def admit(self, archive: zipfile.ZipFile, source: str) -> list[zipfile.ZipInfo]:
        """The files of an archive, if all are harmless by their entries.

        Raises
        ------
        PopulationError
            If there are too many or too large ones, one is encrypted, is a link, or would leave
            the folder in which it is unpacked.
        """
        infos = archive.infolist()
        self.members -= len(infos)
        if self.members < 0:
            raise _hostile(source, f"holds {len(infos):,} files")
        for info in infos:
            self._check(info, source)
        size = sum(info.file_size for info in infos)
        if size > self.total - self.used:
            raise _hostile(source, f"unpacks to {size / 1e9:,.1f} GB")
        return [info for info in infos if not info.is_dir()]

    def spend(self, size: int, info: zipfile.ZipInfo, written: int, source: str) -> None:
        """Count bytes that were really unpacked; what an entry says of its size may be false."""
        self.used += size
        packed = max(info.compress_size, 1)
        if self.used > self.total or (written > _RATIO_FROM and written > self.ratio * packed):
            raise _hostile(
                source, f"{info.filename!r} unpacks to more than {written / 1e6:,.0f} MB"
            )

    def _check(self, info: zipfile.ZipInfo, source: str) -> None:
        name = info.filename
        if info.flag_bits & 1:
            raise PopulationError(
                f"{source}: {name!r} is encrypted; unpack the archive with its password and name "
                "the files"
            )
        windows, posix = PureWindowsPath(name), PurePosixPath(name)
        leaves = ".." in windows.parts or windows.drive or windows.root or posix.is_absolute()
        if leaves:
            raise _hostile(source, f"{name!r} would be written outside its folder")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _hostile(source, f"{name!r} is a link")
        if info.file_size > _RATIO_FROM and info.file_size > self.ratio * max(
            info.compress_size, 1
        ):
            raise _hostile(source, f"{name!r} unpacks to {info.file_size / 1e6:,.0f} MB")


@dataclass(frozen=True)
class Unpacked:
    """A file out of an archive.

    Attributes
    ----------
    source : str
        The archive's name and its own: ``"archive.zip/F00013.csv"``.
    path : Path
        Where it lies until the next one is asked for.
    """

    source: str
    path: Path


def unpacked(
    path: Path,
    source: str,
    folder: Path,
    skip: Callable[[str, str], None],
    budget: Budget | None = None,
    *,
    nested: bool = False,
) -> Iterator[Unpacked]:
    """The files of an archive that may be survey files, one after the other.

    An archive inside the archive is opened too, one inside that is refused. Names of members are
    never used as names of files.

    Parameters
    ----------
    path : Path
        The archive.
    source : str
        Its name in messages.
    folder : Path
        An empty folder to unpack into.
    skip : callable
        Told the name of each member that is left out, and what it is.
    budget : Budget, optional
        Limits; the usual ones unless given.
    nested : bool, optional
        Whether it lies in another archive.

    Yields
    ------
    Unpacked

    Raises
    ------
    PopulationError
        If the archive is damaged, encrypted or hostile.
    """
    budget = budget or Budget()
    target = folder / ("inner" if nested else "member")
    with zipfile.ZipFile(path) as archive:  # it was opened before, to see that it is one
        for info in budget.admit(archive, source):
            name = f"{source}/{info.filename}"
            what = _left_out(archive, info, source)
            if what:
                skip(name, what)
                continue
            _free(folder, info, source)
            with target.open("wb") as file:
                for block in stream(archive, info, source, budget):
                    file.write(block)
            if content_of(target, name) != "zip":
                yield Unpacked(name, target)
            elif nested:
                raise PopulationError(
                    f"{name}: an archive in an archive in an archive; unpack it and name the files"
                )
            else:
                yield from unpacked(target, name, folder, skip, budget, nested=True)
            target.unlink(missing_ok=True)


def stream(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: str, budget: Budget
) -> Iterator[bytes]:
    """The content of a member, block by block, counted against the budget."""
    written = 0
    try:
        with archive.open(info) as member:
            while block := member.read(_BLOCK):
                written += len(block)
                budget.spend(len(block), info, written, source)
                yield block
    except _DAMAGED as problem:
        raise _damaged(source, info, problem) from None


def _left_out(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: str) -> str:
    """What a member is, if it is no survey file; empty if it may be one."""
    path = PurePosixPath(info.filename)
    if "__MACOSX" in path.parts or path.name.startswith("."):
        return "a file of the operating system"
    try:
        with archive.open(info) as member:
            head = member.read(HEAD)
    except _DAMAGED as problem:
        raise _damaged(source, info, problem) from None
    if not head and path.suffix.lower() not in _DATA_ENDINGS:
        return "an empty file"
    return kind_of(head)[1]


def _free(folder: Path, info: zipfile.ZipInfo, source: str) -> None:
    free = shutil.disk_usage(folder).free
    if info.file_size > free:
        raise PopulationError(
            f"{source}: unpacking {info.filename!r} takes {info.file_size / 1e9:,.1f} GB, and "
            f"{free / 1e9:,.1f} GB are free in {folder.parent}; free some, or set TMPDIR"
        )


def _damaged(source: str, info: zipfile.ZipInfo, problem: Exception) -> PopulationError:
    if isinstance(problem, _UNSUPPORTED):
        return PopulationError(
            f"{source}: {info.filename!r} cannot be unpacked ({problem}); unpack the archive with "
            "another program and name the files"
        )
    return PopulationError(
        f"{source}: {info.filename!r} is damaged or cut off ({problem}); download the archive again"
    )


def _hostile(source: str, what: str) -> PopulationError:
    return PopulationError(
        f"{source}: {what}, which no archive of the survey does; nothing of it was read: "
        "download it again from the survey's site"
    )
