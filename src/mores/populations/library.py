"""The data directory: where imported data sets lie, one folder each.

``NAME/respondents.parquet`` is the population in normal form, ``NAME/manifest.json`` says what it is,
where it comes from, and what was found when it was imported. A folder appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace as with_fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.errors import PopulationError, nearest
from mores.instruments.survey import wvs7
from mores.populations.manifest import (
    MANIFEST,
    Entry,
    check_claims,
    check_name,
    damaged,
    folder_entry,
    is_name,
    manifest_of,
)

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = [
    "DIRECTORY_VARIABLE",
    "SYNTHETIC_NAME",
    "DataLibrary",
    "data_directory",
    "load_folder",
    "load_population",
]

DIRECTORY_VARIABLE = "MORES_DATA_DIR"
SYNTHETIC_NAME = "synthetic"
"""The data set that stands in for humans where none is named."""

_ABANDONED_S = 86_400.0
_TABLE = "respondents.parquet"
_OURS = {_TABLE, MANIFEST, ".DS_Store"}


def data_directory(given: Path | None = None) -> Path:
    """Where data sets are kept: as given, else ``MORES_DATA_DIR``, else the user's data folder."""
    from platformdirs import user_data_path

    if given is not None:
        return given
    named = os.environ.get(DIRECTORY_VARIABLE)
    return Path(named) if named else user_data_path("mores", appauthor=False)


class DataLibrary:
    """The data sets in a data directory.

    Parameters
    ----------
    directory : Path
        Made when the first data set is kept.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def names(self) -> list[str]:
        """The names of what is there, sorted."""
        try:
            return sorted(
                path.name
                for path in self.directory.iterdir()
                if is_name(path.name) and (path / MANIFEST).is_file()
            )
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise PopulationError(
                f"the data directory {self.directory} cannot be read ({error.strerror}); "
                f"choose another with --data-dir or {DIRECTORY_VARIABLE}"
            ) from None

    def entry(self, name: str) -> Entry:
        """What the manifest of a data set says.

        Raises
        ------
        PopulationError
            If there is no such data set, or its manifest is damaged.
        """
        if name not in self.names():
            raise PopulationError(
                f"there is no data set {name[:80]!r} in {self.directory}; "
                + (nearest(name, self.names()) if self.names() else "it holds none")
                + f"; import one with: mores data import FILE; {DIRECTORY_VARIABLE} or --data-dir "
                "name another directory"
            )
        # A folder that was renamed is known by its new name.
        return with_fields(folder_entry(self.directory / name), name=name)

    def entries(self) -> tuple[list[Entry], list[PopulationError]]:
        """What is there, by name, and what is wrong with the data sets that are damaged."""
        sound, faults = [], []
        for name in self.names():
            try:
                sound.append(self.entry(name))
            except PopulationError as fault:
                faults.append(fault)
        return sound, faults

    def load(self, name: str) -> Population:
        """Read a data set and check that it is what was kept.

        Raises
        ------
        PopulationError
            If there is no such data set, or it is damaged.
        """
        return _read(self.directory / name, self.entry(name))

    def save(
        self,
        population: Population,
        findings: Mapping[str, Any] | None = None,
        *,
        replace: bool = False,
    ) -> Path:
        """Keep a population under its name.

        Parameters
        ----------
        population : Population
        findings : mapping, optional
            What the import found; kept in the manifest.
        replace : bool
            Take the place of a data set of that name.

        Returns
        -------
        Path
            The folder of the data set.

        Raises
        ------
        PopulationError
            If the name is taken or not possible, or the directory cannot be written; what was there
            before is still there.
        """
        self.check_free(population.name, replace=replace)
        folder = self.directory / population.name
        with self._writing(population.name) as draft:
            population.frame.write_parquet(draft / _TABLE, compression="zstd", statistics=True)
            text = json.dumps(manifest_of(population, findings or {}), indent=2, ensure_ascii=False)
            (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")
            _put_in_place(draft, folder)
        return folder

    def check_free(self, name: str, *, replace: bool = False) -> None:
        """Whether a data set can be kept under a name, before anything is spent on making it.

        Raises
        ------
        PopulationError
            If it is no name, or is taken: by a data set, unless that may be replaced, or by a link or
            a folder with files of others, which are never replaced.
        """
        folder = self.directory / check_name(name)
        if not os.path.lexists(folder):
            return
        _spare(folder)
        if not replace:
            raise PopulationError(
                f"there is a data set {name!r} in {self.directory}; choose another name with --name, "
                "or repeat with --replace"
            )

    def remove(self, name: str) -> None:
        """Delete a data set.

        Raises
        ------
        PopulationError
            If there is no such data set, it is a link or holds files of others, or it cannot be
            deleted.
        """
        if name not in self.names():
            self.entry(name)
        _spare(self.directory / name)
        gone = self.directory / f".{name}.{os.getpid()}.removed"
        try:
            (self.directory / name).rename(gone)
            shutil.rmtree(gone)
        except OSError as error:
            raise PopulationError(
                f"{self.directory / name} cannot be removed ({error.strerror}); check permissions"
            ) from None

    @contextmanager
    def _writing(self, name: str) -> Iterator[Path]:
        """A folder beside the data sets that is gone if anything goes wrong in it."""
        draft = self.directory / f".{name}.{os.getpid()}.new"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._sweep()
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            yield draft
        except OSError as error:
            reason = error.strerror or str(error)
            raise PopulationError(
                f"the data directory {self.directory} cannot be written ({reason}); choose another "
                f"with --data-dir or {DIRECTORY_VARIABLE}, or make room"
            ) from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what killed processes left behind."""
        for path in self.directory.glob(".*.*.*"):
            if path.suffix in (".new", ".old", ".removed"):
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > _ABANDONED_S:
                        shutil.rmtree(path, ignore_errors=True)


def _spare(folder: Path) -> None:
    """Refuse to delete what the library has not put there."""
    if folder.is_symlink() or not folder.is_dir():
        kind = "link" if folder.is_symlink() else "file"
        raise PopulationError(
            f"{folder} is a {kind} and no data set that is kept here; delete it yourself, or choose "
            "another name"
        )
    try:
        others = sorted(path.name for path in folder.iterdir() if path.name not in _OURS)
    except OSError as error:
        raise PopulationError(
            f"{folder} cannot be read ({error.strerror}); check permissions"
        ) from None
    if others:
        raise PopulationError(
            f"{folder} holds {', '.join(map(repr, others[:5]))}, which is no part of a data set and "
            "would be lost; move it elsewhere, or choose another name"
        )


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename a finished folder to where it belongs; a folder cannot be replaced in one step."""
    if not folder.exists():
        draft.rename(folder)
        return
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    try:
        draft.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def load_folder(folder: Path) -> Population:
    """Read the data set in a folder; see `DataLibrary.load`."""
    return _read(folder, folder_entry(folder))


def _read(folder: Path, entry: Entry) -> Population:
    import polars as pl

    from mores.populations.population import Population

    path = folder / _TABLE
    try:
        frame = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise damaged(path, str(error).splitlines()[0]) from None
    population = Population(entry.name, frame, wvs7(), entry.synthetic, entry.source)
    if population.fingerprint != entry.fingerprint:
        raise damaged(path, "its content is not that of its manifest")
    check_claims(entry, population, folder / MANIFEST)
    return population


def load_population(
    name: str | None = None,
    directory: Path | None = None,
    note: Callable[[str], None] | None = None,
) -> Population:
    """The humans of a study: a data set by name, or the synthetic population.

    Parameters
    ----------
    name : str, optional
        Of a data set in the data directory, or the path of a data set's folder. If left out, the
        synthetic population, which is made at first use and kept.
    directory : Path, optional
        The data directory; see `data_directory`.
    note : callable, optional
        Called with a line when something is said to the user.

    Raises
    ------
    PopulationError
        If there is no such data set, or it is damaged.
    """
    if name is not None and ("/" in name or os.sep in name):
        return load_folder(Path(name))
    library = DataLibrary(data_directory(directory))
    if name is None or name == SYNTHETIC_NAME:
        return _synthetic(library, note or (lambda _: None))
    return library.load(name)


def _synthetic(library: DataLibrary, note: Callable[[str], None]) -> Population:
    """The synthetic population, as this version of the model makes it."""
    from mores.populations.synthetic import MODEL_VERSION, synthesise

    with suppress(PopulationError):
        entry = library.entry(SYNTHETIC_NAME)
        if entry.synthetic and entry.source.get("model") == MODEL_VERSION:
            return library.load(SYNTHETIC_NAME)
    note("making the synthetic population")
    population = synthesise()
    try:
        library.save(population, replace=True)
    except PopulationError as error:
        note(f"it is not kept: {error}")
    return population
