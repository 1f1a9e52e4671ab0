"""The same small model, in process and behind a server: the same probabilities of options."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from local_server import LocalServer, serving, teach

from mores.errors import ModelError
from mores.models.dialect import ScoringForm
from mores.models.failures import Patience
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.models.scoring_check import LETTERS, ONE, TEN
from mores.records import Message, OptionMasses, Reply, Request, Sampling

PATIENT = Patience(attempt=120, total=600)
LABELS = tuple(str(n) for n in range(1, 11))
SHARES = np.array([30, 4, 10, 5, 10, 5, 6, 5, 5, 20]) / 100
QUESTION = (
    Message("system", "You are a person of 45 years who lives in a town."),
    Message("user", "How important is religion? 1 … 10"),
)
WORDS = (Message("user", "Trust? A B C"),)
BOTH = pytest.mark.parametrize("splits_digits", [False, True], ids=["whole", "digits"])


def asked(messages=QUESTION, labels=LABELS) -> Request:
    return Request(b"k", messages, Sampling(temperature=1.0), seed=1, labels=labels)


def plain(messages) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in messages]


@pytest.fixture(scope="session")
def taught(saved, tmp_path_factory):
    """Directories of models that answer with known shares and then end, each kind once."""
    made: dict[tuple, Path] = {}

    def make(splits_digits: bool, template: str = "chatml") -> Path:
        if (splits_digits, template) not in made:
            folder = saved(splits_digits=splits_digits, template=template, sharpness=1.0)
            answers = [
                (plain(QUESTION), dict(zip(LABELS, SHARES, strict=True))),
                (plain(WORDS), {"A": 0.5, "B": 0.3, "C": 0.2}),
                (plain(TEN.messages), {"10": 1.0}),
                (plain(ONE.messages), {"1": 1.0}),
                (plain(LETTERS.messages), {"A B C D E F": 1.0}),
            ]
            out = tmp_path_factory.mktemp("taught") / "model"
            closed = {"enable_thinking": False} if template == "thinking" else None
            made[splits_digits, template] = teach(folder, out, answers, closed, "<think>hm")
        return made[splits_digits, template]

    return make


def in_process(folder: Path, request: Request) -> np.ndarray:
    """The probabilities that the scorer in this process computes."""

    async def go() -> Reply:
        model = resolve(f"hf:{folder},device=cpu")
        await model.prepare()
        try:
            return (await model.ask([request]))[0]
        finally:
            await model.close()

    reply = asyncio.run(go())
    assert reply.masses is not None, reply.failure
    return np.exp(reply.masses.low)


def over_http(
    server: LocalServer, *requests: Request, known: Capabilities | None = None
) -> tuple[list[Reply], Capabilities]:
    """Replies, after the capabilities have been found out unless they are known."""

    async def go() -> tuple[list[Reply], Capabilities]:
        model = resolve(server.spec, environ={}, patience=PATIENT)
        try:
            await model.prepare(known)
            await model.prepare_scoring()
            return list(await model.ask(requests)), model.capabilities
        finally:
            await model.close()

    return asyncio.run(go())


def shares(masses: OptionMasses) -> np.ndarray:
    found = np.exp(masses.low)
    return found / found.sum()


@BOTH
def test_a_begun_answer_tells_one_from_ten(taught, splits_digits) -> None:
    """Neither tokenizer gives "10" what belongs to "1", as the first token alone would."""
    folder = taught(splits_digits)
    exact = in_process(folder, asked())
    with serving(folder) as server:
        (reply,), able = over_http(server, asked())
    assert (able.scoring, able.logprobs) == ("prefill", 20)
    assert ScoringForm.of(able) == ScoringForm(begun="continue")
    assert reply.text is None
    assert reply.failure is None
    assert exact == pytest.approx(SHARES, abs=0.03)
    assert shares(reply.masses) == pytest.approx(exact / exact.sum(), abs=1e-3)
    assert np.exp(reply.masses.low) == pytest.approx(exact, abs=1e-3)
    low, high = np.exp(reply.masses.low), np.exp(reply.masses.high)
    assert (low <= high + 1e-12).all()
    assert high - low == pytest.approx(0, abs=1e-3)
    told = json.loads(reply.detail)["tokens"]
    assert list(told) == ["", "1"]
    assert all(len(tokens) >= 20 for tokens in told.values())
    if splits_digits:
        naive = dict(map(tuple, told[""]))["1"]
        assert np.exp(naive) == pytest.approx(exact[0] + exact[9], abs=1e-3)


@BOTH
@pytest.mark.parametrize("begun", ["continue", "trailing"])
def test_servers_that_show_special_tokens_as_nothing(taught, splits_digits, begun) -> None:
    folder = taught(splits_digits)
    with serving(folder, begun=begun, special=False) as server:
        (reply,), able = over_http(server, asked())
    assert able.scoring == "prefill"
    assert np.exp(reply.masses.low) == pytest.approx(in_process(folder, asked()), abs=1e-3)


@BOTH
def test_whole_answers_as_log_probabilities_of_the_prompt(taught, splits_digits) -> None:
    folder = taught(splits_digits)
    with serving(folder, prompts=True, begun="restart") as server:
        (reply,), able = over_http(server, asked())
    assert able.scoring == "prompt"
    assert reply.masses.low == reply.masses.high
    assert np.exp(reply.masses.low) == pytest.approx(in_process(folder, asked()), abs=1e-3)
    assert set(LABELS) <= set(json.loads(reply.detail)["answers"])


@BOTH
def test_whole_answers_of_a_model_that_knows_nothing(saved, splits_digits) -> None:
    """Every spelling counts, to the last digits, where no mass lies on the plainest one."""
    from mores.models.hf.forms import Forms, OptionPrompt
    from mores.models.hf.model import HfModel

    folder = saved(splits_digits=splits_digits, kind="gqa")

    async def go() -> np.ndarray:
        model = HfModel.from_spec(f"hf:{folder},device=cpu")
        await model.prepare()
        try:
            forms = Forms(endings=("<|im_end|>",))
            return (await model.score([OptionPrompt(QUESTION, LABELS)], forms))[0].log_probabilities
        finally:
            await model.close()

    exact = asyncio.run(go())
    with serving(folder, prompts=True) as server:
        able = Capabilities(
            system=True,
            structured="none",
            logprobs=20,
            scoring="prompt",
            scoring_form=form_of(server),
        )
        (reply,), _ = over_http(server, asked(), known=able)
    assert reply.masses.low == pytest.approx(exact, abs=1e-3)
    assert len(server.asked) == 1 + 5 * len(LABELS)


def form_of(server: LocalServer) -> str:
    """The form of this server's templates: an answer is closed by its end and a line break."""
    words = server.tokenizer
    tail = words("<|im_end|>\n", add_special_tokens=False)["input_ids"]
    return ScoringForm(tail=tuple(map(str, tail))).text


def test_letters_where_only_the_first_token_is_told(taught) -> None:
    folder = taught(True)
    letters = asked(WORDS, ("A", "B", "C"))
    with serving(folder, begun="restart") as server:
        replies, able = over_http(server, letters, asked())
    assert able.scoring == "first-token"
    assert np.exp(replies[0].masses.low) == pytest.approx(in_process(folder, letters), abs=1e-3)
    assert replies[1].masses is None
    assert replies[1].permanent
    assert "label the options with letters" in replies[1].failure
    assert "top_p" not in server.asked[-1]
    assert "top_k" not in server.asked[-1]


@pytest.mark.parametrize("top", [1, 5, 8, 10])
def test_few_log_probabilities_are_bounds(taught, top) -> None:
    folder = taught(True)
    exact = in_process(folder, asked())
    with serving(folder, top=top) as server:
        (reply,), able = over_http(server, asked())
    assert (able.scoring, able.logprobs) == ("prefill", top)
    low, high = np.exp(reply.masses.low), np.exp(reply.masses.high)
    assert (low <= exact + 1e-3).all()
    assert (exact <= high + 1e-3).all()
    assert (np.isinf(reply.masses.low)).any() == (top < 9)


def test_a_whole_prompt_goes_before_few_log_probabilities(taught) -> None:
    folder = taught(True)
    with serving(folder, top=5, prompts=True) as server:
        (reply,), able = over_http(server, asked())
    assert able.scoring == "prompt"
    assert np.exp(reply.masses.low) == pytest.approx(in_process(folder, asked()), abs=1e-3)


def test_a_reasoning_channel_is_closed(taught) -> None:
    """It thinks unless the template is told not to let it."""
    folder = taught(True, "thinking")
    exact = in_process(folder, asked())
    with serving(folder, begun="trailing") as server:
        (reply,), able = over_http(server, asked())
        assert ScoringForm.of(able).closing == "template"
        assert server.asked[-1]["chat_template_kwargs"]["enable_thinking"] is False
    # taught two ways of answering, it does not end as surely after a label
    assert np.exp(reply.masses.low) == pytest.approx(exact, abs=0.02)
    with (
        serving(folder, refuses=("chat_template_kwargs", "reasoning_effort")) as server,
        pytest.raises(ModelError, match=r'opens a reasoning channel.*elicitation = "text"'),
    ):
        over_http(server, asked())


def test_known_capabilities_are_taken_as_they_are(taught) -> None:
    with serving(taught(True)) as server:
        _, able = over_http(server)
        n = len(server.asked)
        (reply,), again = over_http(server, asked(), known=able)
    assert again == able
    assert len(server.asked) == n + 2
    assert reply.masses is not None
