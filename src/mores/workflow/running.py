"""Planning and running a study."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.errors import InputError, StoreError, StudyError
from mores.fieldwork.asking import Asking, Ended
from mores.fieldwork.design import Design
from mores.fieldwork.estimate import Estimate, estimate
from mores.fieldwork.lock import check_free, exclusive
from mores.fieldwork.shards import Shard
from mores.fieldwork.store import AnswerStore
from mores.fieldwork.tally import Tally, remaining
from mores.models.interface import Capabilities, Model, Price
from mores.studies.registry import load
from mores.studies.study import BoundStudy, Staged, check_capabilities
from mores.workflow.batch_ledger import check_none_in_flight
from mores.workflow.folder import begin, check_folder, end, make_folder, write_study
from mores.workflow.looping import completed
from mores.workflow.manifest import capabilities_of, read_manifest, shard_of
from mores.workflow.reading import Run, check_prompts, reported
from mores.workflow.stages import ask_in_stages
from mores.workflow.state import counted

if TYPE_CHECKING:
    from mores.models.cluster.placement import Cluster
    from mores.models.failures import Patience

__all__ = ["Plan", "plan", "run"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would ask.

    Attributes
    ----------
    study : BoundStudy
    model : Model
        Not prepared: nothing was sent to it.
    estimate : Estimate
    price : Price or None
        None where it is unknown.
    stored : int
        Trials of the plan that the run's folder holds an answer to, and that are not asked again.
    shard : Shard or None
        The part of the study that is planned; None for the whole.
    """

    study: BoundStudy
    model: Model
    estimate: Estimate
    price: Price | None
    stored: int = 0
    shard: Shard | None = None

    @property
    def left(self) -> int:
        """Trials that are still to be asked."""
        return self.estimate.requests - self.stored

    @property
    def cost_left(self) -> float | None:
        """US dollars for what is left, in proportion; None where the price is unknown."""
        if self.estimate.cost is None:
            return None
        return self.estimate.cost * self.left / max(1, self.estimate.requests)


def plan(
    study: str,
    model: str = "sim",
    out: Path | str | None = None,
    *,
    sample: int | None = None,
    seed: int | None = None,
    data: str | None = None,
    concurrency: int = 32,
    budget: float | None = None,
    prices: Path | None = None,
    timeout: float | None = None,
    retry_rejected: bool = False,
    cluster: str | None = None,
    model_replicas: int | None = None,
    gpus_per_replica: float | None = None,
    shard: str | None = None,
) -> Plan:
    """Resolve a study and estimate what it would take; nothing is sent or written.

    Parameters are those of `run`, and are checked as there. What the folder holds already is read.
    """
    part = _shard(shard)
    bound = _bound(study, sample, seed, data)
    wanted = _cluster(cluster, model_replicas, gpus_per_replica)
    respondent, price = _respondent(model, concurrency, timeout, budget, prices, wanted)
    design = _part(bound, respondent, part)
    found = estimate(design, price, concurrency, respondent.block_size == 1)
    folder = _folder(study, model, out, part)
    stored = _stored(folder, bound, design, retry_rejected)
    return Plan(bound, respondent, found, price, stored, part)


def _bound(study: str, sample: int | None, seed: int | None, data: str | None) -> BoundStudy:
    if data is not None and Path(data).parent != Path():
        data = str(Path(data).resolve())  # a study's own paths begin at its file
    given = {"sample": sample, "seed": seed, "data": data}
    return load(study, {k: v for k, v in given.items() if v is not None})


def _shard(shard: str | None) -> Shard | None:
    return None if shard is None else Shard.parsed(shard)


def _part(bound: BoundStudy, model: Model, shard: Shard | None) -> Design:
    """What is asked: the whole study, or a shard of it."""
    design = bound.design(model)
    if shard is None:
        return design
    if isinstance(bound, Staged) and len(bound.sizes) > 1:
        raise StudyError(
            f"shard {shard}: this study is asked until its intervals are narrow enough "
            "(precision.width), which no part of it can tell; leave out precision.width, or --shard"
        )
    return shard.part(design)


def _folder(study: str, model: str, out: Path | str | None, shard: Shard | None) -> Path:
    """The run's folder, if it can be one."""
    folder = Path(out) if out is not None else default_folder(study, model, shard)
    check_folder(folder)
    if (folder / "manifest.json").exists():
        held = shard_of(read_manifest(folder))
        if held != shard:
            is_of, repeat = (
                ("a run of the whole study", "without --shard")
                if held is None
                else (f"shard {held}", f"with --shard {held}")
            )
            raise StoreError(
                f"{folder} is the folder of {is_of}; repeat the command {repeat}, or choose another "
                "folder with --out"
            )
    return folder


def _stored(folder: Path, bound: BoundStudy, design: Design, retry_rejected: bool) -> int:
    """How many of the selected trials need not be asked any more."""
    path = folder / "answers.sqlite"
    if not path.exists() or not path.stat().st_size:
        return 0
    with AnswerStore(path) as store:
        check_prompts(bound, store, folder)
        return remaining(design, store.progress(), retry_rejected)[1].settled


def _respondent(
    model: str,
    concurrency: int,
    timeout: float | None,
    budget: float | None,
    prices: Path | None,
    cluster: Cluster | None = None,
) -> tuple[Model, Price | None]:
    """The model, and what its tokens cost."""
    from mores.models.prices import check_budget, price_of
    from mores.models.registry import resolve

    if concurrency < 1:
        raise InputError(f"concurrency = {concurrency}; it must be at least 1")
    patience = _patience(timeout)
    if cluster is None:
        respondent = resolve(model, concurrency=concurrency, patience=patience)
    else:
        from mores.models.cluster.model import clustered

        respondent = clustered(model, cluster, concurrency=concurrency, patience=patience)
    price = price_of(model, table=prices)
    if budget is not None:
        check_budget(budget, price, model)
    return respondent, price


def _cluster(address: str | None, replicas: int | None, gpus: float | None) -> Cluster | None:
    """The cluster that is wanted; None for this machine alone."""
    from mores.models.cluster.placement import Cluster

    if address is not None:
        return Cluster(address, replicas, gpus)
    for option, value in (("--model-replicas", replicas), ("--gpus-per-replica", gpus)):
        if value is not None:
            raise InputError(
                f"{option} {value:g} is for a cluster; add --cluster auto, or leave it out"
            )
    return None


def default_folder(study: str, model: str, shard: Shard | None = None) -> Path:
    """``runs/STUDY/MODEL``, with what a file name cannot hold replaced; ``…-I-of-K`` for a shard."""
    stem = Path(study).stem or "study"
    slug = (
        re.sub(r"[^A-Za-z0-9._=-]+", "-", re.sub(r"^https?://", "", model)).strip("-.") or "model"
    )
    part = "" if shard is None else f"-{shard.index}-of-{shard.of}"
    return Path("runs") / stem / (slug[:80] + part)


def run(
    study: str,
    model: str = "sim",
    out: Path | str | None = None,
    *,
    sample: int | None = None,
    seed: int | None = None,
    data: str | None = None,
    concurrency: int = 32,
    budget: float | None = None,
    prices: Path | None = None,
    timeout: float | None = None,
    retry_rejected: bool = False,
    cluster: str | None = None,
    model_replicas: int | None = None,
    gpus_per_replica: float | None = None,
    shard: str | None = None,
    watch: Callable[[Tally], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Run:
    """Run a study on a model and leave a report; called again, it goes on where it stopped.

    Parameters
    ----------
    study : str
        A preset's name, or the path of a study file.
    model : str
        Such as ``sim``, ``openai/NAME``, ``ollama/NAME`` or ``http://host:port/v1#NAME``.
    out : path, optional
        The run's folder; ``runs/STUDY/MODEL`` if left out.
    sample : int, optional
        Take a seeded number of what the study samples.
    seed : int, optional
        Seeds everything; takes the place of the study file's.
    data : str, optional
        The humans: a data set's name, or the path of its folder; the study file's if left out, and
        the synthetic population if that has none.
    concurrency : int
        Requests in flight at once.
    budget : float, optional
        US dollars at which asking stops; needs a known price.
    prices : path, optional
        A price table of one's own.
    timeout : float, optional
        Seconds to wait for one answer before it is asked again; 300 if left out.
    retry_rejected : bool
        Ask again what the server refused as invalid in an earlier run.
    cluster : str, optional
        A Ray cluster whose actors hold the model: ``auto``, ``host:port`` or ``ray://host:port``.
    model_replicas : int, optional
        How many actors; as many as there is room for if left out.
    gpus_per_replica : float, optional
        GPUs of each actor, for a model that runs in the cluster itself; what it needs if left out.
    shard : str, optional
        ``i/K``: ask the i-th of K parts alone, in a folder of its own, without tables and report; see
        `mores.merge`.
    watch : callable, optional
        Called with the tally after every commit.
    note : callable, optional
        Called with a line when a stage begins.

    Returns
    -------
    Run

    Raises
    ------
    MoresError
        With an exit code and a message that names the remedy.
    KeyboardInterrupt
        If it is interrupted twice; what was stored is intact, and no report is made.
    """
    part = _shard(shard)
    bound = _bound(study, sample, seed, data)
    wanted = _cluster(cluster, model_replicas, gpus_per_replica)
    respondent, price = _respondent(model, concurrency, timeout, budget, prices, wanted)
    folder = _folder(study, model, out, part)
    check_free(folder)  # here already, since it may take minutes to load a model
    asking = Asking(
        concurrency=concurrency if respondent.block_size == 1 else 1,  # in the process
        budget=budget,
        price=price,
        retry_rejected=retry_rejected,
        watch=watch,
        note=note,
    )
    with ExitStack() as held:  # through the report, which nobody else should write meanwhile
        ended = completed(
            lambda: _asked(bound, respondent, folder, asking, note or (lambda _: None), held, part)
        )
        if ended == Ended.DROPPED:
            raise KeyboardInterrupt  # who interrupts twice does not want to wait for a report either
        if part is not None:
            return Run(folder, read_manifest(folder), ended)
        if note:
            note(bound.humans.sentence())
            note("coding, measuring and reporting")
        done = reported(folder, keep=True)
    return Run(done.folder, done.manifest, ended)


def _patience(timeout: float | None) -> Patience | None:
    from mores.models.failures import Patience

    if timeout is None:
        return None
    if not 0 < timeout <= 86_400:
        raise InputError(f"timeout = {timeout}; give seconds above 0 and up to 86400")
    return Patience(attempt=timeout, total=max(900.0, 3 * timeout))


async def _asked(
    bound: BoundStudy,
    model: Model,
    folder: Path,
    asking: Asking,
    note: Callable[[str], None],
    held: ExitStack,
    shard: Shard | None = None,
) -> str:
    """Prepare the model, hold and open the folder, and ask whatever its store lacks."""
    earlier = read_manifest(folder) if (folder / "manifest.json").exists() else None
    try:
        note(f"preparing {model.label}")
        await model.prepare(_known(earlier, model))
        if bound.needs_scoring:
            await model.prepare_scoring()
        for line in getattr(model, "notes", ()):
            note(f"{model.label}: {line}")
        check_capabilities(bound.file, model)
        part = None if shard is None else _part(bound, model, shard)
        counts = None
        make_folder(folder)
        held.enter_context(exclusive(folder))
        check_none_in_flight(folder)
        fingerprint = bound.fingerprint() | {"model": model.identity}
        with AnswerStore(folder / "answers.sqlite", fingerprint) as store:
            planned = None if part is None else part.selected
            begin(bound, model, folder, earlier, planned=planned, shard=shard)
            asking = replace(asking, concurrency=getattr(model, "lanes", asking.concurrency))
            asked = await ask_in_stages(bound, model, store, asking, note, part)
            if asked.study is not bound:
                write_study(asked.study, folder)
            if part is not None:
                counts = counted(part, store.progress())
        end(folder, asked.ended, asked.tally, asking.price, asked.precision, counts)
        return asked.ended
    finally:
        await model.close()


def _known(earlier: Mapping[str, Any] | None, model: Model) -> Capabilities | None:
    """What an earlier run in the folder found out about the same model."""
    if earlier is None or earlier["model"]["spec"] != model.spec or model.simulated:
        return None
    return capabilities_of(earlier)
