"""From messages to the text that a model reads, its reasoning channel closed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, meta

from mores.errors import ModelError
from mores.records import Message

__all__ = ["PLAIN", "Refusal", "Template"]

PLAIN = "mores plain 1"
"""Name of the form in which messages are put to a model without a chat template."""
_SWITCHES: dict[str, Any] = {"enable_thinking": False, "thinking": False, "thinking_budget": 0}
"""Variables with which templates in use close the channel."""
_CHANNEL = "<|channel|>"
_FINAL = "<|channel|>final<|message|>"
_GENERATION = re.compile(r"\{%-?\s*(end)?generation\s*-?%\}")
_OPENED = re.compile(r"<(think|thinking|reasoning|thought)>\s*\Z")
_TAGS = re.compile(r"</(think|thinking|reasoning|thought)>")
_MARK = "pelican"
_SYSTEM = Message("system", _MARK)
_USER = Message("user", "heron")


class Refusal(Exception):
    """A template cannot render some messages; the reason is one line."""


@dataclass(frozen=True, slots=True)
class Template:
    """How messages become text.

    Attributes
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
        With or without a chat template.
    chat : bool
        It has one. Else the messages' contents stand one below the other, with a blank line between,
        and ``Answer:`` below them.
    system : bool
        The template shows a system message; else its text goes in front of the first user message.
    reasoning : {'none', 'switched off', 'closed'}
        What was done about a reasoning channel: there is none, the template's own switch was set, or
        an empty one was written.
    closing : str
        What is written after the prompt to that end.
    switches : dict
        The template's variables that are set.
    """

    tokenizer: Any
    chat: bool
    system: bool = True
    reasoning: str = "none"
    closing: str = ""
    switches: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, tokenizer: Any, spec: str) -> Template:
        """Find out how a tokenizer's template wants to be used.

        Raises
        ------
        ModelError
            If the template cannot render a single user message.
        """
        if not getattr(tokenizer, "chat_template", None):
            return cls(tokenizer, chat=False)
        source = _source(tokenizer)
        expected = _variables(source)
        switches = {name: value for name, value in _SWITCHES.items() if name in expected}
        bare = cls(tokenizer, True, switches=switches)
        try:
            text = bare.render([_USER])
        except Refusal as error:
            raise ModelError(
                f"{spec}, asked with a user message alone: {error}; put another template in "
                "chat_template.jinja beside the tokenizer"
            ) from None
        reasoning, closing = _closed(source, text, bool(switches))
        return cls(tokenizer, True, bare._shows_system(), reasoning, closing, switches)

    def _shows_system(self) -> bool:
        try:
            return _MARK in self.render([_SYSTEM, _USER])
        except Refusal:
            return False

    @property
    def digest(self) -> str:
        """Digest of the template and of how it is used."""
        source = _source(self.tokenizer) if self.chat else PLAIN
        used = f"{source}\0{self.system}\0{self.closing}\0{sorted(self.switches.items())}"
        return sha256(used.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def render(self, messages: Sequence[Message]) -> str:
        """The text after which the model's answer begins.

        Parameters
        ----------
        messages : sequence of Message
            A last one of the assistant is taken as the beginning of the answer.

        Raises
        ------
        Refusal
            If the template cannot render them.
        """
        messages = messages if self.system else _folded(messages)
        begun = messages[-1].role == "assistant"
        answer = messages[-1].content if begun else ""
        asked = messages[:-1] if begun else messages
        if self.chat:
            text = self._templated(asked) + self.closing + answer
        else:
            text = "\n\n".join([*(m.content.strip() for m in asked), answer or "Answer:"])
        return text.encode("utf-8", "replace").decode()  # tokenizers refuse a lone surrogate

    def _templated(self, messages: Sequence[Message]) -> str:
        try:
            text = self.tokenizer.apply_chat_template(
                [{"role": message.role, "content": message.content} for message in messages],
                tokenize=False,
                add_generation_prompt=True,
                **self.switches,
            )
        except Exception as error:  # a template raises what it likes
            raise Refusal(f"the chat template refuses these messages: {_line(error)}") from None
        return str(text)

    def tokens(self, text: str) -> list[int]:
        """Token numbers of a rendered text; a template writes its special tokens itself."""
        return self.encode(text)[0]

    def encode(self, text: str) -> tuple[list[int], list[int] | None]:
        """The same, and at which character of the text each token begins.

        Returns
        -------
        list of int
            Token numbers.
        list of int or None
            Places in the text; None where the tokenizer does not tell.
        """
        tells = bool(getattr(self.tokenizer, "is_fast", False))
        found = self.tokenizer(
            text,
            add_special_tokens=not self.chat,
            return_offsets_mapping=tells,
            verbose=False,
        )
        tokens = [int(token) for token in _opened(found["input_ids"], self.tokenizer, self.chat)]
        if not tells:
            return tokens, None
        return tokens, [begin for begin, _ in found["offset_mapping"][: len(tokens)]]

    def turn_end(self) -> int | None:
        """The special token that the template writes after an assistant's answer, if it does."""
        if not self.chat:
            return None
        answered = [{"role": "user", "content": "heron"}, {"role": "assistant", "content": _MARK}]
        try:
            text = str(self.tokenizer.apply_chat_template(answered, tokenize=False))
        except Exception:  # a template raises what it likes
            return None
        rest = self.tokens(text.rpartition(_MARK)[2].lstrip())
        special = set(self.tokenizer.all_special_ids) | set(
            self.tokenizer.get_added_vocab().values()
        )
        return rest[0] if rest and rest[0] in special else None


def _opened(tokens: list[int], tokenizer: Any, chat: bool) -> list[int]:
    """Without a template some tokenizers close the text as well: an end token is taken off."""
    end = tokenizer.eos_token_id
    if not chat and len(tokens) > 1 and end is not None and tokens[-1] == end:
        return tokens[:-1]
    return tokens


def _source(tokenizer: Any) -> str:
    """The template's text; of several named ones, the default."""
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default") or next(iter(template.values()))
    return str(template)


def _variables(source: str) -> set[str]:
    """The variables that a template expects from outside."""
    environment = Environment(extensions=["jinja2.ext.loopcontrols"], autoescape=False)  # noqa: S701
    try:
        return meta.find_undeclared_variables(environment.parse(_GENERATION.sub("", source)))
    except TemplateSyntaxError:
        return set()


def _closed(source: str, text: str, switched: bool) -> tuple[str, str]:
    """What to say about the reasoning channel, and what to write to close it."""
    if opened := _OPENED.search(text):
        return "closed", f"\n</{opened[1]}>\n\n"
    if _CHANNEL in source and "final" in source:
        return "closed", _FINAL
    if switched:
        return "switched off", ""
    tag = _TAGS.search(source)
    if tag and not text.rstrip().endswith(tag[0]):
        return "closed", f"<{tag[1]}>\n\n</{tag[1]}>\n\n"
    return ("closed", "") if tag else ("none", "")


def _folded(messages: Sequence[Message]) -> list[Message]:
    """A system message's text in front of the first user message."""
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    for i, message in enumerate(rest):
        if message.role == "user" and system:
            rest[i] = Message("user", f"{system}\n\n{message.content}")
            break
    return rest


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
