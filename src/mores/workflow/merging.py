"""Joining the folders of one study's shards, or of runs that each asked some of it."""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.errors import InputError, StoreError
from mores.fieldwork.asking import Ended
from mores.fieldwork.design import Design
from mores.fieldwork.lock import exclusive, unchanging
from mores.fieldwork.merging import Joined, join
from mores.fieldwork.store import AnswerStore, Progress, Verdict
from mores.fieldwork.tally import Tally
from mores.models.interface import Price
from mores.studies.study import BoundStudy
from mores.workflow.batch_ledger import check_none_in_flight
from mores.workflow.folder import begin, end, make_folder, write_manifest
from mores.workflow.manifest import read_manifest, shard_of
from mores.workflow.reading import Run, check_prompts, open_run, reported

__all__ = ["join_runs", "merge"]

PARTIAL = "partial"
"""State of a folder that was joined from runs that lack answers."""


@dataclass(frozen=True)
class _Part:
    """A folder that is joined."""

    folder: Path
    manifest: Mapping[str, Any]
    stored: int
    """Trials that it holds a last reply to."""

    @property
    def name(self) -> str:
        shard = self.manifest.get("shard")
        return str(self.folder) if shard is None else f"shard {shard} ({self.folder})"


def merge(
    folders: Sequence[Path | str],
    out: Path | str,
    *,
    partial: bool = False,
    note: Callable[[str], None] | None = None,
) -> Run:
    """Join shards, or runs that each asked some of a study, into one run, and report on it.

    Parameters
    ----------
    folders : sequence of path
        Folders of runs of one study on one model; they are only read.
    out : path
        The run's folder to be: new, or empty.
    partial : bool
        Join although answers are missing; `mores.run` in the joined folder then asks for them.
    note : callable, optional
        Called with a line when a stage begins.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If the folders are not of one study, seed, sample and model, a shard is missing or given
        twice, or answers are missing and `partial` is not set; nothing is written.
    StoreError
        If two answers to one request differ, a folder is being written, or cannot be read or
        written; nothing is left at `out`.
    """
    out = Path(out)
    join_runs(folders, out, partial=partial, note=note)
    if note:
        note("coding, measuring and reporting")
    with exclusive(out):
        return reported(out, keep=True)


def join_runs(
    folders: Sequence[Path | str],
    out: Path,
    *,
    partial: bool = False,
    note: Callable[[str], None] | None = None,
) -> Joined:
    """What `merge` does before the report: study, manifest and answers; errors are the same."""
    tell = note or (lambda _: None)
    paths = [Path(folder) for folder in folders]
    _check_places(paths, out)
    manifests = [read_manifest(path) for path in paths]
    _check_alike(paths, manifests)
    absent = _absent_shards(paths, manifests)
    if absent and not partial:
        raise InputError(
            f"{_listed('shard', absent)} missing; give the folders of all shards, or add "
            "--partial to join what there is"
        )
    bound, model, _ = open_run(paths[0])
    design = bound.design(model)
    for path in paths:
        check_none_in_flight(path)
    parts, missing, fingerprint = _examined(paths, manifests, bound, design)
    if missing and not partial:
        raise InputError(
            f"{missing:,} of {design.selected:,} requests have no answer yet; {_unfinished(parts)}"
            "finish the runs by the commands that began them, or add --partial to join what there is"
        )
    with _in_the_making(out) as folder:
        of = f"{len(parts):,} folders" if len(parts) > 1 else "one folder"
        tell(f"joining {sum(part.stored for part in parts):,} answers of {of}")
        began = [m["began"] for m in manifests if m.get("began")]
        earlier = {"began": min(began)} if began else None
        begin(bound, model, folder, earlier, planned=design.selected)
        with AnswerStore(folder / "answers.sqlite", fingerprint) as store:
            joined = join(paths, store)
            prompt, completion = store.spent()
        price = _price(manifests)
        tally = Tally(design.selected, prompt_tokens=prompt, completion_tokens=completion)
        end(folder, PARTIAL if missing else Ended.COMPLETE, tally, price)
        _note_parts(folder, parts, joined)
    if joined.alike:
        tell(f"{joined.alike:,} answers were in more than one folder, and are the same")
    return joined


def _check_places(folders: Sequence[Path], out: Path) -> None:
    if not folders:
        raise InputError("nothing to merge; give the folders of shards, or of runs of one study")
    try:
        resolved = [folder.resolve() for folder in folders]
        twice = [str(f) for f, n in Counter(resolved).items() if n > 1]
        if twice:
            raise InputError(f"{', '.join(twice)} is given more than once; give each folder once")
        if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
            raise InputError(f"{out} is there already; choose a new or an empty folder with --out")
        inside = [
            str(f) for f, r in zip(folders, resolved, strict=True) if r in out.resolve().parents
        ]
    except OSError as error:
        raise InputError(f"{error.filename or out} cannot be used ({error.strerror})") from None
    if inside:
        raise InputError(f"{out} lies in {inside[0]}, which is only read; choose another --out")
    if out.is_dir() and (out.resolve() == Path.cwd() or out.is_mount()):
        raise InputError(
            f"{out} is where you are, or a disk's own folder, and cannot be replaced by the joined one; "
            "name a new folder in it with --out"
        )


def _check_alike(folders: Sequence[Path], manifests: Sequence[Mapping[str, Any]]) -> None:
    """All must be of one study, asked in one way of one model."""
    first = manifests[0]
    for folder, manifest in zip(folders[1:], manifests[1:], strict=True):
        here, there = _known_by(first), _known_by(manifest)
        differs = [name for name in here | there if here.get(name) != there.get(name)]
        if differs:
            name = differs[0]
            values = f" ({_short(here.get(name))} and {_short(there.get(name))})"
            rest = differs[1:6] + ([f"{len(differs) - 6} more"] if len(differs) > 6 else [])
            more = f", and {', '.join(rest)}" if rest else ""
            raise InputError(
                f"{folders[0]} and {folder} are of different runs: {name} differs{values}{more}; "
                "merge folders of one study, seed, sample and model only"
            )


def _known_by(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What makes two runs parts of one, by names that a message can use."""
    model = manifest["model"]
    asked = manifest.get("fingerprint") or {}
    return {
        "study": manifest["study"],
        "seed": manifest.get("seed"),
        "sample": manifest.get("sample"),
        **{f"model {name}": value for name, value in model["identity"].items()},
        **{name: value for name, value in asked.items() if name not in ("study", "seed")},
    }


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"


def _absent_shards(folders: Sequence[Path], manifests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which shards are not given; runs of the whole may stand in for them."""
    given = defaultdict(list)
    for folder, manifest in zip(folders, manifests, strict=True):
        shard = shard_of(manifest)
        if shard is not None:
            given[shard].append(str(folder))
    divisions = sorted({shard.of for shard in given})
    if len(divisions) > 1:
        raise InputError(
            f"shards of {' and of '.join(map(str, divisions))} parts cannot be merged; ask the study "
            "in one division"
        )
    for shard, where in given.items():
        if len(where) > 1:
            raise InputError(
                f"shard {shard} is given twice: {' and '.join(where)}; leave one of them out"
            )
    if not divisions or len(given) < len(manifests):
        return []  # what a run of the whole holds is counted in its store
    numbers = {shard.index for shard in given}
    return [f"{i}/{divisions[0]}" for i in range(1, divisions[0] + 1) if i not in numbers]


def _listed(noun: str, names: Sequence[str], most: int = 10) -> str:
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{noun} {shown} is" if len(names) == 1 else f"{noun}s {shown}{more} are"


def _examined(
    folders: Sequence[Path],
    manifests: Sequence[Mapping[str, Any]],
    bound: BoundStudy,
    design: Design,
) -> tuple[list[_Part], int, dict[str, Any]]:
    """What each folder holds, how many trials none holds, and the stores' fingerprint."""
    answered = np.zeros(design.size, np.bool_)
    parts: list[_Part] = []
    fingerprint: dict[str, Any] = {}
    for folder, manifest in zip(folders, manifests, strict=True):
        with unchanging(folder), AnswerStore(folder / "answers.sqlite") as store:
            meta = store.meta()
            fingerprint = fingerprint or meta
            changed = sorted(n for n in fingerprint | meta if fingerprint.get(n) != meta.get(n))
            if changed:
                raise StoreError(
                    f"{folders[0]} and {folder} hold answers to different studies: "
                    f"{', '.join(changed)} differ; merge folders of one study and model only"
                )
            check_prompts(bound, store, folder)
            trials = _answered(store.progress(), design.attempts)
        answered[trials[: np.searchsorted(trials, design.size)]] = True
        parts.append(_Part(folder, manifest, len(trials)))
    missing = sum(int((~answered[block]).sum()) for block in design.blocks(65_536))
    return parts, missing, fingerprint


def _answered(found: Progress, attempts: int) -> NDArray[np.int64]:
    """Trials that are not asked again, unless they failed."""
    unread = (found.verdicts == Verdict.UNCODED) & (found.attempts + 1 < attempts)
    return np.asarray(found.trials[~unread])


def _unfinished(parts: Sequence[_Part], most: int = 5) -> str:
    short = [
        f"{part.name} lacks {part.manifest['planned'] - part.stored:,}"
        for part in parts
        if part.stored < part.manifest["planned"]
    ]
    more = f", {len(short) - most} more folders too" if len(short) > most else ""
    return f"{', '.join(short[:most])}{more}; " if short else ""


def _price(manifests: Sequence[Mapping[str, Any]]) -> Price | None:
    """What tokens cost, if they cost the same everywhere."""
    prices = [manifest.get("price") for manifest in manifests]
    if prices[0] is None or any(price != prices[0] for price in prices):
        return None
    try:
        return Price(**prices[0])
    except TypeError:  # of another version
        return None


def _note_parts(folder: Path, parts: Sequence[_Part], joined: Joined) -> None:
    """Say in the manifest what it was joined from; where that lay is nobody's business."""
    kept = ("shard", "mores", "state", "began", "ended")
    merged = [
        {name: part.manifest[name] for name in kept if name in part.manifest}
        | {"stored": part.stored}
        for part in parts
    ]
    write_manifest(folder, read_manifest(folder) | {"merged": merged, "replies": joined.replies})


@contextmanager
def _in_the_making(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place when it is complete, and is removed if not."""
    out = out.resolve()  # what a link leads to can be replaced, the link not
    folder = out.parent / f".{out.name}.merging"
    make_folder(folder)
    with exclusive(folder):
        try:
            _cleared(folder)  # of what a killed process left
            yield folder
            if os.name != "nt":
                _put(folder, out)
        except BaseException:
            with suppress(OSError):
                shutil.rmtree(folder)
            raise
    if os.name == "nt":  # where a folder with an open file cannot be renamed
        _put(folder, out)


def _cleared(folder: Path) -> None:
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != ".lock":
                path.unlink()
    except OSError as error:
        raise StoreError(f"{folder} cannot be emptied ({error.strerror}); remove it") from None


def _put(folder: Path, out: Path) -> None:
    try:
        if out.is_dir():
            out.rmdir()  # empty, or this fails
        folder.rename(out)
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written ({error.strerror}); choose a new folder with --out, and repeat"
        ) from None
    _settle(out.parent)


def _settle(folder: Path) -> None:
    """Have the new name on the disk, where folders can be synchronised."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
