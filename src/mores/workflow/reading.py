"""Reading a run's folder: its report, and several side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mores.errors import InputError, StoreError, StoreLockedError, StudyError
from mores.fieldwork.asking import Ended
from mores.fieldwork.lock import exclusive
from mores.fieldwork.signals import interrupts_win
from mores.fieldwork.store import AnswerStore
from mores.models.interface import Model
from mores.studies.registry import load
from mores.studies.study import BoundStudy, InParts, ReadsSome, StudyDesign
from mores.workflow.folder import make_folder, write_manifest
from mores.workflow.manifest import RecordedModel, check_whole, read_manifest

if TYPE_CHECKING:
    import polars as pl

__all__ = ["WHOLE", "Run", "check_prompts", "compare", "open_run", "report", "reported"]

WHOLE = 300_000
"""Answers up to which all columns are held at once; more are coded and analysed in parts."""


@dataclass(frozen=True)
class Run:
    """A run's folder and what was found in it.

    Attributes
    ----------
    folder : Path
    manifest : mapping
        What ``manifest.json`` holds.
    ended : str or None
        Why asking ended, one of `mores.fieldwork.asking.Ended`; None if nothing was asked just now.
    """

    folder: Path
    manifest: Mapping[str, Any]
    ended: str | None = None

    @property
    def exit_code(self) -> int:
        """0 complete, 3 finished with failures or short of the plan, 130 interrupted."""
        if self.ended == Ended.INTERRUPTED:
            return 130
        counts = self.manifest["counts"]
        short = sum(counts.values()) < self.manifest["planned"]
        return 3 if counts["failed"] or short else 0

    @cached_property
    def answers(self) -> pl.DataFrame:
        """One row a request."""
        import polars as pl

        return pl.read_parquet(self.folder / "answers.parquet", glob=False)

    @cached_property
    def failures(self) -> pl.DataFrame:
        """Why requests failed (`reason`) and how many did (`count`), most often first."""
        import polars as pl

        rows = pl.scan_parquet(self.folder / "answers.parquet", glob=False)
        failed = rows.filter(pl.col("status") == "failed").select("reason")
        return failed.collect()["reason"].value_counts(sort=True)

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The study's tables by name."""
        import polars as pl

        files = sorted((self.folder / "tables").glob("*.parquet"))
        return {path.stem: pl.read_parquet(path, glob=False) for path in files}


def open_run(folder: Path | str) -> tuple[BoundStudy, Model, dict[str, Any]]:
    """The study, the model as recorded, and the manifest of a run's folder.

    Raises
    ------
    MoresError
        If the folder is not a run's, or is damaged.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if not (folder / "study.toml").exists():
        raise StoreError(f"{folder} has no study.toml; restore it from a copy, or repeat the run")
    bound = load(str(folder / "study.toml"))
    return bound, RecordedModel(manifest), manifest


def report(folder: Path | str) -> Run:
    """Redo coding, measures, tables, figures and page from the stored replies; nothing is asked.

    While another process runs the study in this folder its manifest is left alone.

    Parameters
    ----------
    folder : path
        A run's folder.

    Raises
    ------
    MoresError
        If the folder is not a run's, or is damaged.
    """
    folder = Path(folder)
    check_whole(folder, read_manifest(folder), "which makes the report")
    with ExitStack() as held:
        try:
            held.enter_context(exclusive(folder))
        except StoreLockedError:
            return reported(folder, keep=False)
        return reported(folder, keep=True)


def reported(folder: Path, keep: bool) -> Run:
    """Write the report; keep its counts in the manifest, for which the folder must be held."""
    with interrupts_win():
        return _reported(folder, keep)


def _reported(folder: Path, keep: bool) -> Run:
    bound, model, manifest = open_run(folder)

    from mores.report.bundle import write_report

    design = bound.design(model)
    with AnswerStore(folder / "answers.sqlite") as store:
        check_prompts(bound, store, folder)
        analysed = _analysed(bound, design, store, model.label, folder)
    manifest |= {
        "counts": {s: analysed.counts[s] for s in ("coded", "refused", "uncoded", "failed")},
        "planned": design.selected,
        "humans": bound.humans.facts(),
        "synthetic": [*bound.synthetic, *(["model"] if model.simulated else [])],
    }
    if keep:
        write_manifest(folder, manifest)
    write_report(folder, bound, manifest, analysed.answers, analysed.tables)
    return Run(folder, manifest)


class _Analysed(NamedTuple):
    """Answers by status, the tables, and the answers themselves, unless they were too many to hold."""

    counts: Counter[str]
    tables: dict[str, pl.DataFrame]
    answers: pl.DataFrame | None


def _analysed(
    bound: BoundStudy, design: StudyDesign, store: AnswerStore, label: str, folder: Path
) -> _Analysed:
    from mores.studies.answers import collect

    of_model = (bound.file.study, label, bound.language)
    if design.selected <= WHOLE and not isinstance(bound, InParts):
        answers = collect(design, store, *of_model)
        return _Analysed(Counter(answers["status"]), bound.analyse(answers, label), answers)
    return _analysed_in_parts(bound, design, store, of_model, folder)


def _analysed_in_parts(
    bound: BoundStudy,
    design: StudyDesign,
    store: AnswerStore,
    of_model: tuple[str, str, str],
    folder: Path,
) -> _Analysed:
    """Code and write portion by portion; then analyse what the tables need of the answers, no more."""
    from mores.report.frames import ParquetParts, narrow, widened
    from mores.workflow.coding import coded_parts, processes

    label, counts = of_model[1], Counter[str]()
    analyser = bound.analyser(label) if isinstance(bound, InParts) else None
    with ParquetParts(folder / "answers.parquet") as file:
        others = processes(design.selected)
        for part in coded_parts(folder, design, store, of_model, file.folder, others=others):
            counts.update(dict(part["status"].value_counts().iter_rows()))
            if analyser is not None:
                analyser.add(part)
    if analyser is not None:
        return _Analysed(counts, analyser.tables(), None)
    needed = bound.analysed if isinstance(bound, ReadsSome) else None
    tables = bound.analyse(narrow(folder / "answers.parquet", needed), label)
    return _Analysed(counts, {name: widened(table) for name, table in tables.items()}, None)


def check_prompts(bound: BoundStudy, store: AnswerStore, folder: Path) -> None:
    """Replies can only be coded by the options that they were shown."""
    stored = store.meta()
    changed = [k for k, v in bound.fingerprint().items() if k in stored and stored[k] != v]
    if changed:
        raise StudyError(
            f"{folder}: {', '.join(changed)} no longer match what was asked (the study's files, or the "
            "version of mores, have changed); restore them, or run the study anew in another folder"
        )


def compare(folders: Sequence[Path | str], out: Path | str) -> Path:
    """Several runs of one study side by side, in the tables and figures of its paper that compare.

    Parameters
    ----------
    folders : sequence of path
        Folders of finished runs.
    out : path
        Where to write tables, figures and page: a new or an empty folder, or that of an earlier
        comparison, whose tables and figures are replaced.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If there are fewer than two runs, they differ in kind, or `out` holds files of others.
    StoreError
        If one is no run's folder, a shard's, or has no tables yet.
    """
    if len(folders) < 2:
        raise InputError("comparing takes at least two runs; give two or more folders")
    runs = []
    for folder in map(Path, folders):
        manifest = read_manifest(folder)
        check_whole(folder, manifest, "then compare that")
        if not any((folder / "tables").glob("*.parquet")):
            raise StoreError(f"{folder} has no tables yet; first: mores report {folder}")
        runs.append(Run(folder, manifest))
    studies = {r.manifest["study"] for r in runs}
    if len(studies) > 1:
        raise InputError(
            f"these runs are of different studies ({', '.join(sorted(studies))}); compare alike"
        )
    _check_place(Path(out), [run.folder for run in runs])

    from mores.report.comparison import write_comparison

    make_folder(Path(out))
    return write_comparison(runs, Path(out))


def _check_place(out: Path, runs: Sequence[Path]) -> None:
    """Refuse a folder in which a comparison would replace what is not its own."""
    remedy = "choose a new or an empty folder with --out"
    try:
        there = {path.name for path in out.iterdir()} if out.is_dir() else set()
        one_of_them = out.resolve() in {run.resolve() for run in runs}
    except OSError as error:
        raise InputError(f"{out} cannot be used ({error.strerror}); {remedy}") from None
    if one_of_them or "manifest.json" in there:
        raise InputError(f"{out} is the folder of a run, whose files would be replaced; {remedy}")
    if there and "comparison.html" not in there:
        shown = ", ".join(sorted(there)[:3])
        raise InputError(f"{out} holds {shown}, which no comparison has left there; {remedy}")
