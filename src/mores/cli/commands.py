"""The commands, as a user types them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from mores.cli.batch import batch
from mores.cli.biographies import biographies
from mores.cli.capacity import plan
from mores.cli.data import data
from mores.cli.descriptors import descriptors
from mores.cli.dilemma_export import export as export_dilemmas
from mores.cli.dilemma_export import show as show_dilemmas
from mores.cli.dilemma_quality import check as check_dilemmas
from mores.cli.dilemma_review import agreement, review
from mores.cli.dilemmas import dilemmas
from mores.cli.distributions import distributions
from mores.cli.export import export
from mores.cli.instruments import instruments
from mores.cli.map import map_
from mores.cli.merge import merge
from mores.cli.options import Folder, Humans, Sample, Seed, Study
from mores.cli.runs import print_plan, print_run
from mores.cli.values import number, path, whole, whole_numbers
from mores.version import __version__

__all__ = ["app"]

app = App(
    name="mores",
    help="Elicit, simulate and audit cultural values in language models.",
    version=__version__,
    version_flags=["--version"],
    help_format="plaintext",
    suppress_keyboard_interrupt=False,  # `mores.cli.main` has a word to say about it
)
models = App(name="models", help="Which models can be asked, and what one can do.")
studies = App(name="studies", help="The studies that come with the program.")
app.command(models)
app.command(studies)
app.command(batch)
app.command(biographies)
app.command(dilemmas)
dilemmas.command(check_dilemmas, name="check")
dilemmas.command(review)
dilemmas.command(agreement)
dilemmas.command(export_dilemmas, name="export")
dilemmas.command(show_dilemmas, name="show")
app.command(data)
app.command(descriptors)
app.command(export)
app.command(instruments)
data.command(distributions)
app.command(map_, name="map")
app.command(plan)

_PACE = Group("Pace and cost", sort_key=1)
_BEYOND = Group("Past one machine", sort_key=2)

ModelName = Annotated[
    str,
    Parameter(
        help="sim, sim:NAME=VALUE,…, openai/NAME, anthropic/NAME, gemini/NAME, openrouter/NAME, "
        "ollama/NAME, http://host:port/v1#NAME (several servers of one model: "
        "http://a:8000,b:8000/v1#NAME), hf:REPO_OR_PATH, or vllm:REPO_OR_PATH."
    ),
]


@app.command
def run(
    study: Study,
    /,
    *,
    model: ModelName = "sim",
    out: Annotated[
        Path | None,
        Parameter(help="Folder of the run; runs/STUDY/MODEL by default.", converter=path),
    ] = None,
    sample: Sample = None,
    seed: Seed = None,
    data: Humans = None,
    concurrency: Annotated[
        int,
        Parameter(
            group=_PACE,
            help="Requests in flight at once, at all addresses together.",
            converter=whole,
        ),
    ] = 32,
    budget: Annotated[
        float | None,
        Parameter(group=_PACE, help="US dollars at which asking stops.", converter=number),
    ] = None,
    prices: Annotated[
        Path | None, Parameter(group=_PACE, help="Your own price table (TOML).")
    ] = None,
    timeout: Annotated[
        float | None,
        Parameter(
            group=_PACE, help="Seconds to wait for one answer; 300 by default.", converter=number
        ),
    ] = None,
    retry_rejected: Annotated[
        bool,
        Parameter(group=_PACE, help="Ask again what the server refused as invalid.", negative=()),
    ] = False,
    cluster: Annotated[
        str | None,
        Parameter(
            group=_BEYOND,
            help="Ask on a Ray cluster: auto for RAY_ADDRESS or this machine, host:port, or "
            "ray://host:port.",
        ),
    ] = None,
    model_replicas: Annotated[
        int | None,
        Parameter(
            group=_BEYOND,
            help="How many actors; as many as there is room for by default.",
            converter=whole,
        ),
    ] = None,
    gpus_per_replica: Annotated[
        float | None,
        Parameter(
            group=_BEYOND,
            help="GPUs of each actor (hf, vllm), such as 0.5 or 2; what the model needs by default.",
            converter=number,
        ),
    ] = None,
    shard: Annotated[
        str | None,
        Parameter(
            group=_BEYOND,
            help="i/K, such as 1/8: ask the first of eight parts alone; mores merge joins them.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, Parameter(help="Print what would be asked, and ask nothing.", negative=())
    ] = False,
) -> int:
    """Run a study on a model and leave a report; the same command again resumes it."""
    from mores import workflow

    shared: dict[str, Any] = {
        "sample": sample,
        "seed": seed,
        "data": data,
        "concurrency": concurrency,
        "budget": budget,
        "prices": prices,
        "timeout": timeout,
        "cluster": cluster,
        "model_replicas": model_replicas,
        "gpus_per_replica": gpus_per_replica,
        "shard": shard,
    }
    if dry_run:
        found = workflow.plan(study, model, out, **shared, retry_rejected=retry_rejected)
        print_plan(found, concurrency)
        return 0
    from mores.cli.printing import ProgressLine
    from mores.models.prices import price_of

    with ProgressLine(price_of(model, table=prices)) as progress:
        done = workflow.run(
            study,
            model,
            out,
            **shared,
            retry_rejected=retry_rejected,
            watch=progress.watch,
            note=progress.note,
        )
    print_run(done)
    return done.exit_code


@app.command
def report(folder: Folder, /) -> int:
    """Redo coding, measures, tables, figures and page from stored replies; nothing is asked."""
    from mores import workflow

    done = workflow.report(folder)
    print_run(done, asked=False)
    return done.exit_code


app.command(merge)


@app.command
def compare(
    folders: Annotated[list[Path], Parameter(help="Folders of two or more runs.")],
    /,
    *,
    out: Annotated[
        Path, Parameter(help="Where to write tables, figures and page.", converter=path)
    ] = Path("comparison"),
) -> int:
    """Put several runs of one study side by side, in tables, figures and a page."""
    from mores import workflow

    print(f"comparison: {workflow.compare(folders, out)}")
    return 0


@app.command
def status(folder: Folder, /) -> int:
    """How far a run is; works while it goes on."""
    from mores import workflow
    from mores.cli.printing import table

    found = workflow.status(folder)
    rows = [
        (name.replace("_", " "), ("no", "yes")[n] if isinstance(n, bool) else n)
        for name, n in found.items()
    ]
    print(table([(k, f"{v:,}" if isinstance(v, int) else v) for k, v in rows]))
    return 0


@app.command
def power(
    study: Study,
    /,
    *,
    model: Annotated[
        str, Parameter(help="sim or sim:NAME=VALUE,…, whose parameters set the true effect.")
    ] = "sim",
    dilemmas: Annotated[
        list[int] | None,
        Parameter(
            help="Numbers of dilemmas to try, such as 50,150,616; a quarter, a half and all of the "
            "study's by default.",
            converter=whole_numbers,
            negative=(),
        ),
    ] = None,
    repeats: Annotated[
        list[int] | None,
        Parameter(
            help="How often each question is asked, such as 1,3; as the study says by default.",
            converter=whole_numbers,
            negative=(),
        ),
    ] = None,
    runs: Annotated[int, Parameter(help="How often the study is simulated.", converter=whole)] = 40,
    seed: Seed = None,
    out: Annotated[
        Path | None, Parameter(help="A CSV file for the whole table.", converter=path)
    ] = None,
) -> int:
    """How often a study of a given size finds the difference that a simulated model has."""
    from mores import workflow
    from mores.cli.planning import power_text, told

    found = workflow.power(
        study,
        model,
        dilemmas=dilemmas,
        repeats=repeats,
        runs=runs,
        seed=seed,
        out=out,
        watch=told,
    )
    print(power_text(found))
    if out is not None:
        print(f"table: {out}")
    return 0


@app.command
def answers(
    folder: Folder,
    /,
    *,
    key: Annotated[str | None, Parameter(help="Key of one request, or its beginning.")] = None,
    where: Annotated[
        list[str] | None, Parameter(help="column=value; several must all hold.", negative=())
    ] = None,
    limit: Annotated[int, Parameter(help="Most answers to list.", converter=whole)] = 20,
) -> int:
    """The answers behind a number: list them, or print one with its prompt, verbatim."""
    from mores.cli import tracing

    print(
        tracing.shown(folder, key)
        if key is not None
        else tracing.listed(folder, where or [], limit)
    )
    return 0


@studies.default
def list_studies() -> int:
    """List the studies."""
    from mores.cli.printing import table
    from mores.studies.registry import presets

    print(table(list(presets().items())))
    print("\nTo make your own: mores studies show value-action > mine.toml; mores run mine.toml")
    return 0


@studies.command
def show(name: Annotated[str, Parameter(help="A preset's name.")], /) -> int:
    """Print the TOML of a study, to start your own from."""
    from mores.studies.registry import preset_text

    print(preset_text(name), end="")
    return 0


@studies.command
def schema() -> int:
    """Print the JSON Schema of study files, for editors."""
    import json

    from mores.studies.registry import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0


@models.default
def list_models() -> int:
    """List the kinds of model, and where each key is taken from."""
    from mores.cli.printing import table
    from mores.models.providers import providers

    rows = [("sim", "simulated respondent with known parameters; no key, no network")]
    rows += [
        (
            f"{name}/NAME",
            f"{p.base}; " + (f"key in {p.key_variable}" if p.key_variable else "no key"),
        )
        for name, p in providers().items()
    ]
    rows.append(
        ("http://host:port/v1#NAME", "any OpenAI-compatible server; key, if any, in MORES_API_KEY")
    )
    print(table(rows))
    return 0


@models.command
def check(model: ModelName, /) -> int:
    """Ask a few cheap questions and print what a model can do."""
    import asyncio

    from mores.cli.printing import table
    from mores.models.probe import check as probe
    from mores.models.registry import resolve

    async def findings() -> list[Any]:
        respondent = resolve(model)
        try:
            await respondent.prepare()
            return await probe(respondent)
        finally:
            await respondent.close()

    print(table([(f.name, f.value, f.note) for f in asyncio.run(findings())]))
    return 0
