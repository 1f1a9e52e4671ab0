"""The commands about biographies: write, check, show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from mores.cli.values import number, path, whole

if TYPE_CHECKING:
    from mores.models.interface import Model
    from mores.personas.biographies import Biography
    from mores.personas.biography_counts import BiographyCounts

__all__ = ["biographies"]

biographies = App(
    name="biographies",
    help="Life stories for cultural configurations: written, read a second time, counted.",
)

_MODELS = (
    "sim (offline, simulated), openai/NAME, anthropic/NAME, gemini/NAME, openrouter/NAME, "
    "ollama/NAME, hf:REPO_OR_PATH, or http://host:port/v1#NAME."
)
BiographiesFile = Annotated[Path, Parameter(help="A file of biographies (JSON Lines).")]


@biographies.command
def write(
    *,
    model: Annotated[str, Parameter(help=f"Who writes: {_MODELS}")],
    out: Annotated[
        Path, Parameter(help="The .jsonl file to write; it must be new.", converter=path)
    ],
    sample: Annotated[
        int | None,
        Parameter(
            help="A random sample of N of the 93312 configurations: the one that a study of the same "
            "seed draws.",
            converter=whole,
        ),
    ] = None,
    configurations: Annotated[
        Path | None,
        Parameter(
            help="A CSV file of configurations: a column index, or one for each variable.",
            converter=path,
        ),
    ] = None,
    seed: Annotated[
        int, Parameter(help="Of the sample, the offline writer and models.", converter=whole)
    ] = 0,
    reader: Annotated[
        str | None,
        Parameter(
            help="Who reads each draft a second time; the writer's model by default, none for nobody."
        ),
    ] = None,
    repairs: Annotated[
        int,
        Parameter(help="How often a draft with a fault is asked for again.", converter=whole),
    ] = 2,
    language: Annotated[str, Parameter(help="Language of the stories, such as en.")] = "en",
    contradictions: Annotated[
        float,
        Parameter(
            help="Share of stories in which sim plants a wrong level, 0 to 1, to test the reading.",
            converter=number,
        ),
    ] = 0.0,
) -> int:
    """Have biographies written; the same command again resumes it."""
    from mores.cli.printing import ProgressLine, plain
    from mores.models.registry import resolve
    from mores.workflow.writing_biographies import write_biographies

    asked = _asked(sample, configurations, seed)
    judge = None if reader in (None, "none") else resolve(str(reader))
    writer = resolve(model)
    with ProgressLine(None) as progress:
        counts = write_biographies(
            asked,
            writer,
            out,
            reader=judge,
            read=reader != "none",
            repairs=repairs,
            seed=seed,
            language=language,
            contradictions=contradictions,
            note=progress.note,
        )
    _print_counts(counts)
    print(plain(f"\nWritten to {out}. {_origin(writer)}"))
    return 0


@biographies.command
def check(
    file: BiographiesFile,
    /,
    *,
    model: Annotated[str, Parameter(help=f"Who reads: {_MODELS}")],
    out: Annotated[
        Path | None,
        Parameter(
            help="A new .jsonl file for the biographies with these readings; sim may go without.",
            converter=path,
        ),
    ] = None,
    seed: Annotated[int, Parameter(help="Handed to a model that takes one.", converter=whole)] = 0,
) -> int:
    """Read the stories of a file a second time, and count contradictions by variable."""
    from mores.cli.printing import ProgressLine
    from mores.models.registry import resolve
    from mores.personas.biography_counts import counted
    from mores.workflow.reading_biographies import check_biographies

    judge = resolve(model)
    with ProgressLine(None) as progress:
        found = check_biographies(file, judge, out, seed=seed, note=progress.note)
    _print_counts(counted(found))
    print()
    _print_checks(found)
    _print_detection(found)
    if judge.simulated:
        print("\nRead by the offline reader, which goes by cue words; it is no language model.")
    return 0


@biographies.command
def show(
    file: BiographiesFile,
    /,
    *,
    configuration: Annotated[
        int | None, Parameter(help="The biography of this configuration.", converter=whole)
    ] = None,
) -> int:
    """Print what a file holds, counted, or one biography."""
    from mores.cli.printing import table
    from mores.personas.biography_counts import counted
    from mores.personas.biography_files import read_biographies

    found = read_biographies(file)
    if configuration is not None:
        _print_one(found.biographies, configuration)
        return 0
    made = found.making
    rows: list[tuple[str, object]] = [
        ("writer", made.writer),
        ("simulated", "yes: no language model wrote these" if made.simulated else "no"),
        ("reader", made.reader or "nobody"),
        ("language", made.language),
        ("seed", made.seed),
        ("repairs", made.repairs),
        ("planned", made.planned),
        ("prompts", made.prompts[:16]),
    ]
    print(table([row for row in rows if row[1] != ""]))
    print()
    _print_counts(counted(found.biographies))
    print()
    _print_demographics(found.biographies)
    return 0


def _asked(sample: int | None, configurations: Path | None, seed: int) -> Sequence[int]:
    from mores.errors import PersonaError
    from mores.personas.configuration_files import read_configurations
    from mores.personas.sampling_designs import random_sample

    if sample is None and configurations is None:
        raise PersonaError(
            "which configurations? Name how many with --sample N (93312 for all), or a file with "
            "--configurations"
        )
    if configurations is None:
        assert sample is not None
        return sorted(random_sample(sample, seed).indices.tolist())
    if sample is not None:
        raise PersonaError("give --sample or --configurations, not both; shorten the file")
    return sorted(read_configurations(configurations).indices.tolist())


def _origin(writer: Model) -> str:
    if writer.simulated:
        return "The offline grammar wrote them: they are simulated, and no language model's."
    return "A language model wrote them; read some before you use them."


def _print_counts(counts: BiographyCounts) -> None:
    from mores.cli.printing import table

    rows: list[tuple[str, object]] = [
        ("biographies", counts.n),
        ("accepted", counts.accepted),
        ("  of them after repair", counts.repaired),
        ("rejected", counts.rejected),
        ("read a second time", counts.read),
        ("drafts written", counts.drafts),
    ]
    if counts.planted:
        rows.append(("with a planted wrong level", counts.planted))
    print(table(rows))
    _print_codes("why rejected", counts.reasons)
    _print_codes("what earlier drafts lacked", counts.faults)
    _print_codes("variables left unclear", counts.unclear)
    _print_codes("flags", counts.flags)


def _print_codes(title: str, codes: Counter[str]) -> None:
    from mores.cli.printing import table

    if codes:
        print(f"\n{title}")
        print(table([("", code, n) for code, n in codes.most_common()]))


def _print_checks(found: Iterable[Biography]) -> None:
    from mores.cli.printing import table
    from mores.studies.grounded_personas.biography_tables import biography_checks

    columns = ("variable", "n", "recovered", "contradicted", "unclear", "rate", "low", "high")
    rows = biography_checks(found).select(columns).rows()
    print(table([tuple(map(_cell, row)) for row in rows], columns))


def _print_detection(found: Sequence[Biography]) -> None:
    from mores.studies.grounded_personas.biography_tables import planted_detection

    if not any(biography.planted for biography in found):
        return
    seen = planted_detection(found)
    print(
        f"\nplanted wrong levels: {seen.planted}, found: {seen.found} ({_cell(seen.sensitivity)}); "
        f"false alarms: {seen.false_alarms} of {seen.clean} ({_cell(seen.false_alarm_rate)})"
    )


def _print_demographics(found: Iterable[Biography]) -> None:
    from mores.cli.printing import table
    from mores.studies.grounded_personas.biography_tables import demographics

    columns = ("attribute", "level", "n_biographies", "share_biographies", "low", "high")
    rows = demographics(found).select(columns).rows()
    print(
        table([tuple(map(_cell, row)) for row in rows], ("", "level", "n", "share", *columns[4:]))
    )


def _cell(value: object) -> object:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else value


def _print_one(found: Iterable[Biography], index: int) -> None:
    from dataclasses import asdict

    from mores.cli.printing import plain, table
    from mores.errors import PersonaError

    one = next((b for b in found if b.configuration == index), None)
    if one is None:
        raise PersonaError(
            f"configuration {index} is not in the file; see what is with: mores biographies show FILE"
        )
    told: Mapping[str, object] = {} if one.demographics is None else asdict(one.demographics)
    rows: list[tuple[str, object]] = [
        ("configuration", one.configuration),
        *((name, value) for name, value in told.items() if value is not None),
        ("writer", one.writer),
        ("status", one.status),
        ("reasons", ", ".join(one.reasons)),
        ("flags", ", ".join(one.flags)),
        ("drafts", one.attempts),
    ]
    print(table([row for row in rows if row[1] != ""]))
    print(plain(f"\n{one.text or '(no story)'}\n"))
    print(table(_levels(one), ("variable", "asked for", "read")))


def _levels(one: Biography) -> list[tuple[str, str, str]]:
    from mores.personas.biographies import UNCLEAR
    from mores.personas.grid import configuration
    from mores.personas.variables import variables

    read: Sequence[int | None] = [None] * 10 if one.reading is None else one.reading.levels
    rows = []
    for variable, asked, level in zip(
        variables(), configuration(one.configuration), read, strict=True
    ):
        said = "" if level is None else "unclear"
        if level is not None and level != UNCLEAR:
            said = variable.levels[level].label + ("" if level == asked else "  (contradicts)")
        rows.append((variable.id, variable.levels[asked].label, said))
    return rows
