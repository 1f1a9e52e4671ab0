"""The commands about data sets: import, list, show, remove, synthesise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from mores.cli.values import names, path, whole

if TYPE_CHECKING:
    from mores.populations.importing.findings import FileFound
    from mores.populations.library import DataLibrary
    from mores.populations.manifest import Entry

__all__ = ["data"]

data = App(name="data", help="The humans: survey data sets, imported or synthetic.")

DataDir = Annotated[
    Path | None,
    Parameter(
        help="Where data sets are kept; MORES_DATA_DIR, or the user's data folder, by default.",
        converter=path,
    ),
]
Name = Annotated[str, Parameter(help="Name of a data set (see: mores data list).")]


def _library(directory: Path | None) -> DataLibrary:
    from mores.populations.library import DataLibrary, data_directory

    return DataLibrary(data_directory(directory))


@data.command(name="import")
def import_(
    files: Annotated[
        list[Path],
        Parameter(
            help="Files as the survey hands them out: CSV, SPSS, Stata, Excel, or zips of these."
        ),
    ],
    /,
    *,
    name: Annotated[
        str | None, Parameter(help="Name of the data set; made from the content by default.")
    ] = None,
    weights: Annotated[
        Literal["survey", "none"],
        Parameter(help="Keep the survey's weights, or weigh all respondents alike."),
    ] = "survey",
    replace: Annotated[
        bool, Parameter(help="Take the place of a data set of that name.", negative=())
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Import survey files as one data set, and print what was found in them."""
    from mores.cli.printing import plain
    from mores.populations.importing.importing import import_files

    library = _library(data_dir)
    if name is not None:
        library.check_free(name, replace=replace)  # before minutes are spent on reading
    found = import_files(files, name=name, weighting=weights)
    folder = library.save(found.population, found.findings.as_dict(), replace=replace)
    print(plain("\n".join(found.findings.lines())))
    print(plain(f"data set: {found.population.name} in {folder}"))
    chosen = f" --data-dir {quote(str(data_dir))}" if data_dir is not None else ""
    print(plain(f"use it with: mores map --data {found.population.name}{chosen}"))
    return 0


@data.default
@data.command(name="list")
def list_(*, data_dir: DataDir = None) -> int:
    """List the data sets."""
    from mores.cli.printing import ProgressLine, plain, table

    library = _library(data_dir)
    entries, faults = library.entries()
    for fault in faults:
        ProgressLine(None).note(str(fault))
    if not entries:
        print(plain(f"{library.directory} holds no{' sound' if faults else ''} data sets."))
        print(
            "Import one with: mores data import FILE. Without one, studies use the synthetic "
            "population."
        )
        return 0
    rows = [
        (
            entry.name,
            f"{entry.respondents:,}",
            len(entry.countries),
            len(entry.items),
            _span(entry.years),
            "synthetic" if entry.synthetic else "survey",
            entry.created[:10],
        )
        for entry in entries
    ]
    heads = ("name", "respondents", "countries", "items", "years", "kind", "kept on")
    print(table(rows, heads))
    print(plain(f"\nin {library.directory}"))
    return 0


def _span(numbers: tuple[int, ...]) -> str:
    if not numbers:
        return "unknown"
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


@data.command
def show(
    name: Name,
    /,
    *,
    all: Annotated[bool, Parameter(help="Lists in full, however long.", negative=())] = False,
    data_dir: DataDir = None,
) -> int:
    """Print what a data set holds, where it comes from, and what its import found."""
    from mores.cli.printing import plain, table
    from mores.populations.importing.findings import Findings

    library = _library(data_dir)
    entry = library.entry(name)
    files = entry.source.get("files", ())
    findings = Findings.from_dict(entry.findings, files) if entry.findings else None
    print(table(_facts(entry, findings.files if findings else ())))
    if findings:
        print("\nfound when it was imported")
        print(plain("\n".join(findings.lines(None) if all else findings.lines())))
    print(plain(f"\nin {library.directory / entry.name}"))
    return 0


def _facts(entry: Entry, imported: Sequence[FileFound]) -> list[tuple[str, Any]]:
    countries = " ".join(f"{code} {n:,}" for code, n in entry.countries.items())
    source = ", ".join(f"{key} {value}" for key, value in entry.source.items() if key != "files")
    facts = [
        ("name", entry.name),
        ("kind", "synthetic: made by a model, not asked" if entry.synthetic else "survey"),
        ("respondents", f"{entry.respondents:,}"),
        ("waves", ", ".join(map(str, entry.waves)) or "unknown"),
        ("years", _span(entry.years)),
        ("countries", f"{len(entry.countries)}: {countries}"),
        ("items", len(entry.items)),
        ("source", source or "unknown"),
        ("fingerprint", entry.fingerprint),
        ("kept", entry.created),
    ]
    files = [
        ("file", f"{file.name} ({file.bytes:,} bytes, sha256 {file.sha256[:12]}…)")
        for file in imported
    ]
    return facts + files


@data.command
def remove(name: Name, /, *, data_dir: DataDir = None) -> int:
    """Delete a data set; the files that it was imported from are not touched."""
    from mores.cli.printing import plain

    library = _library(data_dir)
    library.remove(name)
    print(plain(f"removed {name} from {library.directory}"))
    return 0


@data.command
def synthesise(
    *,
    respondents: Annotated[int, Parameter(help="Respondents a country.", converter=whole)] = 1200,
    countries: Annotated[
        list[str] | None,
        Parameter(
            help="ISO alpha-3 codes, such as EGY,GBR,USA; all that the model knows by default.",
            converter=names,
            negative=(),
        ),
    ] = None,
    seed: Annotated[int, Parameter(help="Seeds the draw.", converter=whole)] = 0,
    name: Annotated[
        str | None,
        Parameter(help="Name of the data set; synthetic-RESPONDENTS-SEED by default."),
    ] = None,
    replace: Annotated[
        bool, Parameter(help="Take the place of a data set of that name.", negative=())
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Make a synthetic population from the documented model, at any size."""
    from mores.populations.library import SYNTHETIC_NAME
    from mores.populations.synthetic import synthesise as draw

    usual = respondents == 1200 and seed == 0 and countries is None
    name = name or (SYNTHETIC_NAME if usual else f"synthetic-{respondents}-{seed}")
    library = _library(data_dir)
    if name == SYNTHETIC_NAME and not usual:
        from mores.errors import PopulationError

        raise PopulationError(
            f"{SYNTHETIC_NAME!r} is the synthetic population of the usual size and seed; choose "
            "another name with --name"
        )
    library.check_free(name, replace=replace)
    population = draw(seed=seed, respondents=respondents, countries=countries, name=name)
    folder = library.save(population, replace=replace)
    print(
        f"{len(population):,} synthetic respondents of {len(population.countries)} countries, "
        f"{len(population.items)} items: {folder}"
    )
    print("They are drawn from a model; no human has given these answers.")
    return 0
