"""Writes the requests of a value–action design: what they have in common is put into words once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mores.keys import (
    Begun,
    begun_digest,
    canonical_json,
    digest_of_json,
    ended_digest,
    json_inside,
    permutation_of_digest,
    seed_of_digest,
)
from mores.prompts.letters import LETTERS
from mores.prompts.skeletons import skeleton
from mores.records import Message, Request, Stimulus
from mores.studies.value_action.framing import template_name
from mores.studies.value_action.materials import QUESTIONS, Arm

if TYPE_CHECKING:
    from mores.studies.value_action.design import ValueActionDesign

__all__ = ["RequestWriter", "answer_schema"]

_ARMS, _DILEMMAS = 2048, 64
"""How many are kept in words; trials go through all arms of a dilemma before the next one."""

_Texts = tuple[str, ...]


class _Told(NamedTuple):
    """What a prompt says of a dilemma, as it is and inside of JSON; how its orders' digests begin."""

    id: str
    about: tuple[str, str]
    actions: _Texts
    json_about: tuple[str, str]
    json_actions: _Texts
    ordered: str
    loading: tuple[float, float]


class _Asked(NamedTuple):
    """How an arm is asked a question: `user` and `json_user` fill in what is of the dilemma.

    They are None where the templates do not allow for it. `begun` are digests of keys by attempt, up
    to the first gap.
    """

    arm: Arm
    question: str
    system: Message
    user: Callable[[_Texts], str] | None
    json_user: Callable[[_Texts], str]
    before: str
    ordered: str
    framing: str
    scores: tuple[float, ...]
    schema: Mapping[str, Any] | None
    begun: dict[int, Begun]


@dataclass(frozen=True, eq=False)
class RequestWriter:
    """Writes the requests of a design.

    Attributes
    ----------
    design : ValueActionDesign
    """

    design: ValueActionDesign

    def request(self, trial: int, attempt: int) -> Request:
        """The request of a trial's attempt."""
        rest, repeat = divmod(trial, self._repeats)
        rest, question = divmod(rest, len(QUESTIONS))
        d, a = divmod(rest, self._n_arms)
        told, asked = self._told(d), self._asked(a, question)
        if asked.question == "value":
            labels, json_labels = self._value_labels
        else:
            labels, json_labels = told.actions, told.json_actions
        order = self._order(told, asked, repeat, len(labels))
        if asked.user is None:
            texts = self.design.messages(self.design.dilemmas[d], asked.arm, asked.question, repeat)
            user, json_user = texts[1], json_inside(texts[1].content)
        else:
            user = Message("user", asked.user((*told.about, *[labels[i] for i in order])))
            json_user = asked.json_user((*told.json_about, *[json_labels[i] for i in order]))
        begun = asked.begun.get(attempt)
        if begun is None:
            begun = asked.begun[attempt] = begun_digest(f'{{"attempt":{attempt},{asked.before}')
        seed = seed_of_digest(digest_of_json(f"[{self._seed},{trial},{attempt}]"))
        key = f'{json_user}"]],"model":{self._model},"repeat":{repeat},{self._sampling}{seed}}}'
        return Request(
            ended_digest(begun, key),
            (asked.system, user),
            self.design.sampling,
            seed,
            asked.schema,
            self._stimulus(told, asked, order) if self._simulated else None,
        )

    def _order(self, told: _Told, asked: _Asked, repeat: int, n: int) -> tuple[int, ...]:
        """As `ValueActionDesign.order`."""
        if not self._shuffled:
            return tuple(range(n))
        return permutation_of_digest(n, digest_of_json(f"{told.ordered}{asked.ordered}{repeat}]"))

    def _stimulus(self, told: _Told, asked: _Asked, order: tuple[int, ...]) -> Stimulus:
        persona, scores = asked.arm.persona, asked.scores
        return Stimulus(
            persona.position,
            persona.congruence,
            told.loading,
            tuple([scores[i] for i in order]),
            told.id,
            asked.question,
            f"{told.id}|{persona.id}|{asked.arm.rendering}",
            asked.question,
            asked.framing,
        )

    @cached_property
    def _told(self) -> Callable[[int], _Told]:
        design = self.design

        @lru_cache(maxsize=_DILEMMAS)
        def told(d: int) -> _Told:
            dilemma = design.dilemmas[d]
            about, actions = (dilemma.scenario_text, dilemma.value_label), dilemma.action_texts
            return _Told(
                dilemma.id,
                about,
                actions,
                (json_inside(about[0]), json_inside(about[1])),
                tuple(map(json_inside, actions)),
                canonical_json(["order", self._seed, dilemma.id])[:-1],
                design.loadings.get(dilemma.value, (0.0, 0.0)),
            )

        return told

    @cached_property
    def _asked(self) -> Callable[[int, int], _Asked]:
        return lru_cache(maxsize=len(QUESTIONS) * _ARMS)(self._written)

    def _written(self, a: int, q: int) -> _Asked:
        design, arm, question = self.design, self.design.arms[a], QUESTIONS[q]
        labels = design.labels(design.dilemmas[0], question)
        system = Message("system", design.instructions[arm.framing])
        elicitation = canonical_json(["text", design.structured, question])
        told = f'[["system","{json_inside(system.content)}"],["user","'
        # Where the arms are too many to be kept, each would be written for one request alone.
        found = None
        if len(design.arms) <= _ARMS:
            found = skeleton(
                design.templates,
                template_name(question, arm.framing),
                design.known(arm, question),
                ("scenario", "value"),
                len(labels),
            )
        first = "" if found is None else json_inside(found.texts[0])
        return _Asked(
            arm,
            question,
            system,
            None if found is None else found.filler(),
            str if found is None else found.filler(json_inside, first=False),
            f'"elicitation":{elicitation},"messages":{told}{first}',
            f",{canonical_json([arm.persona.id, arm.rendering, question])[1:-1]},",
            arm.framing,
            design.scores(question),
            None if design.structured == "none" else answer_schema(question, len(labels)),
            {},
        )

    @cached_property
    def _value_labels(self) -> tuple[_Texts, _Texts]:
        labels = tuple(option.label for option in self.design.value_scale.options)
        return labels, tuple(map(json_inside, labels))

    @cached_property
    def _model(self) -> str:
        return canonical_json(self.design.identity)

    @cached_property
    def _sampling(self) -> str:
        """The end of a key, from the sampling to where the seed stands."""
        s = self.design.sampling
        drawn = canonical_json([s.temperature, s.top_p, s.top_k, s.max_tokens])
        return f'"sampling":{drawn},"seed":'

    @cached_property
    def _n_arms(self) -> int:
        return len(self.design.arms)

    @cached_property
    def _repeats(self) -> int:
        return self.design.file.asking.repeats

    @cached_property
    def _seed(self) -> int:
        return self.design.file.seed

    @cached_property
    def _shuffled(self) -> bool:
        return self.design.file.asking.shuffle

    @cached_property
    def _simulated(self) -> bool:
        return self.design.identity.get("kind") == "sim"


def answer_schema(field: str, n: int) -> dict[str, Any]:
    """JSON Schema of an answer by one of n letters in a field."""
    return {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            field: {"type": "string", "enum": list(LETTERS[:n])},
        },
        "required": ["reasoning", field],
        "additionalProperties": False,
    }
