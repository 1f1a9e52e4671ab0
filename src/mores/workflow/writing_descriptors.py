"""Having a model write a descriptor set, item by item, so that nothing asked for is asked twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mores.coding.descriptor_replies import sentences_in
from mores.errors import FieldworkError, ModelError, PersonaError, StoreError
from mores.instruments.survey import Item, wvs7
from mores.keys import digest, seed_from
from mores.personas.descriptor_files import (
    LONGEST,
    parse_descriptor_set,
    sentence_faults,
    text_of,
    toml_of,
)
from mores.personas.descriptors import MAP_ITEMS, DescriptorSet, item_key
from mores.prompts.descriptor_prompts import correction, descriptor_request, descriptor_schema
from mores.records import Message, Request, Sampling
from mores.workflow.folder import write_file
from mores.workflow.looping import completed

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["ASKED_AGAIN", "write_descriptors"]

ASKED_AGAIN = 3
"""How often an item is asked again whose sentences cannot be used."""


@dataclass(frozen=True)
class _Writing:
    """What a file is made from: another model, prompt or seed would make another."""

    prompt: str
    model: str
    seed: int

    def matches(self, found: DescriptorSet) -> bool:
        return (self.prompt, self.model, self.seed) == tuple(
            found.card.get(key) for key in ("prompt", "model", "seed")
        )


def write_descriptors(
    prompt: str,
    model: Model,
    out: Path,
    *,
    items: Sequence[str] = MAP_ITEMS,
    seed: int = 0,
    note: Callable[[str], None] | None = None,
) -> DescriptorSet:
    """A descriptor set by a model, in a new file.

    Each item is asked once, and up to `ASKED_AGAIN` times again with the faults named. The sentences
    got so far are kept beside the file, with ``.partial`` after its name, and used when the same is
    called again.

    Parameters
    ----------
    prompt : str
        One of `mores.prompts.descriptor_prompts.descriptor_prompts`.
    model : Model
        Not yet prepared; one that writes text.
    out : Path
        The file; it must not be there yet.
    items : sequence of str
        Ids, or codes in trend files; the ten of the map unless given.
    seed : int
        Handed to a model that takes one, different for each item and attempt.
    note : callable, optional
        Called with a line as each item is done.

    Returns
    -------
    DescriptorSet
        As read back from the file.

    Raises
    ------
    ModelError
        If the model is simulated, or cannot be used.
    PersonaError
        If the file is there, or what is kept beside it was made otherwise.
    InstrumentError, PromptError
        If there is no such item or prompt.
    StoreError
        If the file cannot be written.
    FieldworkError
        If an item's sentences still cannot be used, or a request failed.
    """
    from mores.models.providers import shown

    if model.simulated:
        raise ModelError(
            f"{model.spec} writes no sentences: it is simulated; name a language model, such as "
            "openai/NAME, hf:REPO_OR_PATH or http://host:port/v1#NAME"
        )
    asked = {item_key(name): wvs7().item(name) for name in items}
    texts = {key: descriptor_request(prompt, item, LONGEST) for key, item in asked.items()}
    if not texts:
        raise PersonaError("no items are named; name at least one, such as A008")
    _check_place(out)
    writing = _Writing(prompt, shown(model.spec), seed)
    kept = _kept(_partial(out), writing)
    written: dict[str, dict[int, str]] = {k: dict(s) for k, s in kept.items()}
    say = note or (lambda line: None)
    if kept:
        say(f"kept from before: {', '.join(kept)}")

    async def ask() -> None:
        try:
            await model.prepare()
            for key, item in asked.items():
                if key in written:
                    continue
                written[key] = await _sentences(model, item, texts[key], seed)
                write_file(_partial(out), _toml(writing, model, written))
                done = sum(k in written for k in asked)
                say(f"{key}: {len(written[key])} sentences ({done} of {len(asked)} items)")
        finally:
            await model.close()

    if asked.keys() - written.keys():
        completed(ask)
    content = _toml(writing, model, {key: written[key] for key in asked})
    found = parse_descriptor_set(content, str(out), out.stem)
    _put(out, content)
    if written.keys() <= asked.keys():
        with suppress(OSError):
            _partial(out).unlink()
    return found


async def _sentences(model: Model, item: Item, text: str, seed: int) -> dict[int, str]:
    """The sentences of one item, asked for until they can be used."""
    messages = [Message("user", text)]
    faults: list[str] = []
    for attempt in range(1 + ASKED_AGAIN):
        request = _request(model, item, tuple(messages), seed_from(seed, item.id, attempt))
        (reply,) = await model.ask([request])
        if reply.failure is not None or reply.text is None:
            raise FieldworkError(
                f"{item.id}: {model.label} gave no answer ({reply.failure or 'no text'}); see that it "
                "can be asked with: mores models check; then repeat the command"
            )
        found = sentences_in(reply.text)
        faults = sentence_faults(item, found)
        if not faults:
            return {code: str(found[code]) for code in item.codes}
        if not found:
            faults = ["there is no JSON object whose keys are the numbers of the options"]
        messages += [Message("assistant", reply.text), Message("user", correction(faults))]
    more = f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""
    raise FieldworkError(
        f"{item.id}: {model.label} was asked {1 + ASKED_AGAIN} times, and its sentences cannot be "
        f"used: {faults[0]}{more}; the other items' are kept; repeat the command, with another --seed "
        "and another file, or with another model"
    )


def _request(model: Model, item: Item, messages: tuple[Message, ...], seed: int) -> Request:
    sampling = Sampling()  # a limit on tokens could exceed a small server's context
    told = [[message.role, message.content] for message in messages]
    key = digest(["descriptors", model.identity, told, seed])
    return Request(key, messages, sampling, seed, answer_schema=descriptor_schema(item))


def _partial(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial")


def _check_place(out: Path) -> None:
    """Refuse what cannot be written before a model is asked."""
    if os.path.lexists(out):
        raise PersonaError(f"{out} is there already; choose another file with --out")
    if out.suffix != ".toml":
        raise PersonaError(f"{out}: the name of a descriptor file ends in .toml; rename it")
    if not out.parent.is_dir():
        raise PersonaError(f"the folder {out.parent} does not exist; make it, or choose another")


def _kept(partial: Path, writing: _Writing) -> Mapping[str, Mapping[int, str]]:
    """The sentences that an earlier call got, by item."""
    if not os.path.lexists(partial):
        return {}
    remedy = f"remove {partial} to begin anew, or choose another file with --out"
    try:
        found = parse_descriptor_set(text_of(partial), str(partial), partial.stem)
    except PersonaError as error:
        raise PersonaError(f"{error}; {remedy}") from None
    if not writing.matches(found):
        card = found.card
        raise PersonaError(
            f"{partial} was made with prompt {card.get('prompt')}, model {card.get('model')} and seed "
            f"{card.get('seed')}; repeat with these, or {remedy}"
        )
    return found.sentences


def _toml(writing: _Writing, model: Model, written: Mapping[str, Mapping[int, str]]) -> str:
    card = {
        "description": f"Written by {model.label} from the prompt {writing.prompt!r}.",
        "prompt": writing.prompt,
        "model": writing.model,
        "date": datetime.now(UTC).date().isoformat(),
        "seed": writing.seed,
    }
    source = "generated by mores descriptors; prompt of table 3 of Abels et al. 2026"
    author = f"{model.label}, a language model; no human has validated the sentences"
    return toml_of(DescriptorSet("", source, "", author, written, card))


def _put(out: Path, content: str) -> None:
    """Write a new file in one step; whatever came to lie there meanwhile stays."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    write_file(temporary, content)
    try:
        os.link(temporary, out)
    except FileExistsError:
        raise PersonaError(
            f"{out} came to be while the model was asked; the sentences are kept in {_partial(out)}; "
            "repeat with another file"
        ) from None
    except OSError as error:  # a file system without links
        _put_exclusively(out, content, error)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _put_exclusively(out: Path, content: str, reason: OSError) -> None:
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written ({error.strerror or reason.strerror}); check room and "
            f"permissions; the sentences are kept in {_partial(out)}"
        ) from None
