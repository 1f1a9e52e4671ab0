"""The commands about descriptor sets: list, show, check, generate."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from mores.cli.values import names, path, whole

if TYPE_CHECKING:
    from mores.personas.descriptors import DescriptorSet

__all__ = ["descriptors"]

descriptors = App(
    name="descriptors",
    help="The sentences that value personas are made of, and how to have others.",
)

SetName = Annotated[
    str, Parameter(help="Name of a shipped set (see: mores descriptors list), or a TOML file.")
]


@descriptors.default
@descriptors.command(name="list")
def list_() -> int:
    """List the descriptor sets that come with the program."""
    from mores.cli.printing import table
    from mores.personas.descriptors import descriptor_sets

    rows = [
        (
            found.name,
            len(found.items),
            sum(map(len, found.sentences.values())),
            found.card.get("description", ""),
        )
        for found in descriptor_sets().values()
    ]
    print(table(rows, ("name", "items", "sentences", "rule")))
    print(
        "\nA language model wrote them for this project; no human has validated them.\n"
        "To make your own: mores descriptors generate --prompt composable --model MODEL --out FILE"
    )
    return 0


@descriptors.command
def show(
    name: SetName,
    /,
    *,
    item: Annotated[
        str | None, Parameter(help="Only this item, by its id or trend code, such as A008.")
    ] = None,
    toml: Annotated[
        bool,
        Parameter(help="As a TOML file, to start your own from.", negative=()),
    ] = False,
) -> int:
    """Print a descriptor set: what it says of itself, and every sentence."""
    from mores.cli.printing import plain, table
    from mores.personas.descriptor_files import toml_of
    from mores.personas.descriptors import descriptor_set, only_item

    found = descriptor_set(name)
    if item is not None:
        found = only_item(found, item)
    if toml:
        print(toml_of(found), end="")
        return 0
    print(table(_facts(found)))
    for key, lines in _sentences(found):
        print(plain(f"\n{key}"))
        print(table(lines))
    return 0


def _facts(found: DescriptorSet) -> list[tuple[str, object]]:
    facts = [
        ("name", found.name),
        *found.card.items(),
        ("source", found.source),
        ("licence", found.licence),
        ("written by", found.written_by),
        ("digest", found.digest()),
    ]
    return [(name, value) for name, value in facts if value != ""]


def _sentences(found: DescriptorSet) -> Iterable[tuple[str, list[tuple[str, int, str]]]]:
    from mores.instruments.survey import wvs7

    for key, options in found.sentences.items():
        asked = wvs7().item(key)
        title = f"{key} {asked.name}" if key == asked.id else f"{key} ({asked.id}) {asked.name}"
        yield title, [("", code, sentence) for code, sentence in options.items()]


@descriptors.command
def check(file: Annotated[Path, Parameter(help="A TOML file.", converter=path)], /) -> int:
    """Print everything that is wrong with a descriptor file; ends with 2 if anything is."""
    from mores.cli.printing import plain
    from mores.personas.descriptor_files import checked_text, text_of

    checked = checked_text(text_of(file), str(file), file.stem)
    if checked.found is None:
        print(plain("\n".join(checked.faults)))
        n = len(checked.faults)
        print(plain(f"{file}: {n} fault{'s' if n > 1 else ''}"))
        return 2
    sentences = sum(map(len, checked.found.sentences.values()))
    print(plain(f"{file}: {len(checked.found.items)} items, {sentences} sentences, no fault found"))
    print("Whether a sentence means its answer, and nothing more, only a reader can tell.")
    return 0


@descriptors.command
def generate(
    *,
    prompt: Annotated[
        Literal["composable", "modular", "no-hedge"],
        Parameter(help="Prompt of the paper's table 3."),
    ],
    model: Annotated[
        str,
        Parameter(
            help="A language model: openai/NAME, anthropic/NAME, gemini/NAME, openrouter/NAME, "
            "ollama/NAME, hf:REPO_OR_PATH, or http://host:port/v1#NAME."
        ),
    ],
    out: Annotated[Path, Parameter(help="The TOML file to write; it must be new.", converter=path)],
    items: Annotated[
        list[str] | None,
        Parameter(
            help="Ids or trend codes, such as A008,Q6; the ten of the cultural map by default.",
            converter=names,
            negative=(),
        ),
    ] = None,
    seed: Annotated[int, Parameter(help="Handed to a model that takes one.", converter=whole)] = 0,
) -> int:
    """Have a model write a descriptor set; the same command again resumes it."""
    from mores.cli.printing import ProgressLine, plain
    from mores.models.registry import resolve
    from mores.personas.descriptors import MAP_ITEMS
    from mores.workflow.writing_descriptors import write_descriptors

    with ProgressLine(None) as progress:
        found = write_descriptors(
            prompt,
            resolve(model),
            out,
            items=MAP_ITEMS if items is None else items,
            seed=seed,
            note=progress.note,
        )
    sentences = sum(map(len, found.sentences.values()))
    print(plain(f"{out}: {len(found.items)} items, {sentences} sentences"))
    print("A language model wrote them; read them before you use them.")
    return 0
