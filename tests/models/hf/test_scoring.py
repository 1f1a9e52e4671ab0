from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mores.errors import ModelError
from mores.models.hf.forms import Forms, OptionPrompt
from mores.models.hf.generation import Prompt, continue_all
from mores.models.hf.memory import Footprint
from mores.models.hf.sampling import Draw
from mores.models.hf.tree_pass import log_probabilities
from mores.records import Message

TEN = tuple(str(i) for i in range(1, 11))
BARE = Forms(("{}",), wide=False)
BOTH = pytest.mark.parametrize("splits_digits", [False, True])


def asked(
    question: str, persona: str = "You are a person of 45 years.", labels=TEN
) -> OptionPrompt:
    return OptionPrompt((Message("system", persona), Message("user", question)), labels)


QUESTION = asked("How important is religion? 1 … 10")


def logs_of(model, ids: list[int]) -> np.ndarray:
    """Log-probabilities after each token of a sequence, by one plain forward pass."""
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].double().log_softmax(-1).numpy()


def plain(loaded, prompt: OptionPrompt, forms: list[str]) -> np.ndarray:
    """P(label), each string by its own forward pass."""
    text = loaded.template.render(prompt.messages)
    before = loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
    found = []
    for label in prompt.labels:
        total = 0.0
        for form in forms:
            ids = loaded.tokenizer(text + form.format(label), add_special_tokens=False)["input_ids"]
            assert ids[: len(before)] == before
            logs = logs_of(loaded.model, ids)
            rest = sum(logs[n - 1, ids[n]] for n in range(len(before), len(ids)))
            total += sum(np.exp(rest + logs[-1, stop]) for stop in loaded.stops)
        found.append(total)
    return np.array(found)


@BOTH
@pytest.mark.parametrize("kind", ["gqa", "alibi"])
def test_whole_strings_equal_one_plain_forward_a_string(
    loaded, splits_digits, kind, scorer
) -> None:
    model = loaded(splits_digits=splits_digits, kind=kind)
    prompts = [
        asked(q, p)
        for p in ("You are a person of 45 years.", "You are very happy and live in a town.")
        for q in ("How important is religion? 1 … 10", "Is it justifiable? 1 … 10")
    ]
    scores_of = scorer(model)
    assert scores_of.runner.shares == (kind == "gqa")
    for prompt, scores in zip(prompts, scores_of.score(prompts), strict=True):
        wanted = plain(model, prompt, ["{}", " {}", "{}.", " {}."])
        wide = [replace(prompt, labels=tuple(chr(ord(c) + 0xFEE0) for c in TEN[:9]))]
        wanted[:9] += plain(model, wide[0], ["{}"])
        both = replace(prompt, labels=("\uff11\uff10",))
        wanted[9] += plain(model, both, ["{}"])[0]
        assert scores.log_probabilities == pytest.approx(np.log(wanted), abs=1e-4)
        assert scores.allowed_mass == pytest.approx(wanted.sum(), rel=1e-4)
        assert scores.probabilities == pytest.approx(wanted / wanted.sum(), rel=1e-3)
        assert sum(scores.mass_by_form().values()) == pytest.approx(wanted.sum(), rel=1e-4)


def test_the_two_digit_trap(loaded, scorer) -> None:
    """P("10") = P("1") P("0" | "1") P(end | "10"), and "1" keeps only what ends after it."""
    model = loaded(splits_digits=True, kind="gqa")
    before = model.template.tokens(model.template.render(QUESTION.messages))
    one, nought = (model.tokenizer.convert_tokens_to_ids(d) for d in "10")
    logs = logs_of(model.model, [*before, one, nought])
    n = len(before)
    ends = [np.exp(logs[n + i, list(model.stops)]).sum() for i in range(2)]
    first = np.exp(logs[n - 1, one])
    scores = scorer(model, BARE).score([QUESTION])[0]
    p = np.exp(scores.log_probabilities)
    assert p[0] == pytest.approx(first * ends[0], rel=1e-4)
    assert p[9] == pytest.approx(first * np.exp(logs[n, nought]) * ends[1], rel=1e-4)
    assert p[0] + p[9] < first


def test_ten_as_one_token(loaded, scorer) -> None:
    model = loaded(splits_digits=False, kind="gqa")
    assert model.tokenizer.tokenize("10") == ["10"]
    before = model.template.tokens(model.template.render(QUESTION.messages))
    ten = model.tokenizer.convert_tokens_to_ids("10")
    logs = logs_of(model.model, [*before, ten])
    wanted = logs[-2, ten] + np.log(np.exp(logs[-1, list(model.stops)]).sum())
    scores = scorer(model, BARE).score([QUESTION])[0]
    assert scores.log_probabilities[9] == pytest.approx(wanted, abs=1e-4)


@pytest.fixture(scope="module")
def taught(saved):
    """A model that answers one question with known shares, splitting digits or not."""
    from mores.models.hf.loading import load
    from mores.models.hf.source import Source

    shares = np.array([30, 5, 10, 5, 10, 5, 5, 5, 5, 20]) / 100

    def teach(splits_digits: bool):
        folder = saved(splits_digits=splits_digits, kind="mha", sharpness=1.0)
        model = load(Source.parse(f"hf:{folder},device=cpu"))
        before = model.template.tokens(model.template.render(QUESTION.messages))
        rows = []
        for label in TEN:
            rest = model.template.tokens(label)
            rows.append([*before, *rest, model.template.turn_end(), *[0] * (2 - len(rest))])
        ids = torch.tensor(rows)
        weight = torch.tensor(shares)[:, None].expand(-1, 3).clone()
        weight[:, 2][ids[:, -1] == 0] = 0
        optimiser = torch.optim.Adam(model.model.parameters(), lr=5e-3)
        for _ in range(60):
            logits = model.model(ids).logits[:, len(before) - 1 : -1]
            loss = torch.nn.functional.cross_entropy(
                logits.transpose(1, 2), ids[:, len(before) :], reduction="none"
            )
            optimiser.zero_grad()
            (loss * weight).sum().backward()
            optimiser.step()
        return model, shares

    return teach


@BOTH
def test_scores_are_the_shares_of_texts(taught, splits_digits, scorer) -> None:
    model, shares = taught(splits_digits)
    scores = scorer(model).score([QUESTION])[0]
    assert scores.allowed_mass > 0.9
    assert scores.probabilities == pytest.approx(shares, abs=0.05)
    before = model.template.tokens(model.template.render(QUESTION.messages))
    n = 1500
    prompts = [Prompt(before, 4, Draw(1.0, 1.0, 0), seed) for seed in range(n)]
    footprint = Footprint.of(model.model.config, 4, "cpu")
    texts = continue_all(model.model, prompts, model.stops, footprint, 1 << 32)
    found = [model.tokenizer.decode(t.tokens).strip() for t in texts if t.finish == "stop"]
    counted = np.array([found.count(label) for label in TEN]) / n
    wanted = np.exp(scores.log_probabilities)
    assert (np.abs(counted - wanted) < 4.5 * np.sqrt(wanted * (1 - wanted) / n) + 1e-9).all()


def test_letters_with_a_full_stop(loaded, scorer) -> None:
    model = loaded(kind="gqa")
    prompt = asked("Which? A, B or C", labels=("A", "B", "C"))
    scores = scorer(model, Forms(("{}", "{}."), wide=False)).score([prompt])[0]
    assert scores.log_probabilities == pytest.approx(
        np.log(plain(model, prompt, ["{}", "{}."])), abs=1e-4
    )
    assert scores.forms == ("{}", "{}.")


def test_words_that_begin_with_one_another(loaded, scorer) -> None:
    model = loaded(kind="gqa")
    prompt = asked("Happy?", labels=("happy", "happy person", "very happy"))
    scores = scorer(model).score([prompt])[0]
    assert scores.log_probabilities == pytest.approx(
        np.log(plain(model, prompt, ["{}", " {}", "{}.", " {}."])), abs=1e-4
    )


def test_without_a_chat_template_a_line_break_ends_an_answer(loaded, scorer) -> None:
    model = loaded(kind="gqa", template="none")
    ended = scorer(model).score([QUESTION])[0]
    stopped = scorer(model, Forms(endings=("",))).score([QUESTION])[0]
    broken = scorer(model, Forms(endings=("\n",))).score([QUESTION])[0]
    both = np.exp(stopped.log_masses) + np.exp(broken.log_masses)
    assert np.exp(ended.log_masses) == pytest.approx(both, rel=1e-5)


def test_an_ending_within_another_counts_once(loaded, scorer) -> None:
    """ "1\\n" holds "1\\n\\n" where the tokens of one begin those of the other."""
    model = loaded(kind="gqa", template="none")
    both = scorer(model, Forms(endings=("\n", "\n\n"))).score([QUESTION])[0]
    words = model.tokenizer
    if words("1\n\n")["input_ids"][:2] == words("1\n")["input_ids"]:
        one = scorer(model, Forms(endings=("\n",))).score([QUESTION])[0]
        assert both.log_masses == pytest.approx(one.log_masses, abs=1e-6)
    assert both.allowed_mass <= 1


def test_equal_prompts_are_run_once_and_prefixes_shared(loaded, scorer) -> None:
    scores_of = scorer(loaded(kind="gqa"))
    prompts = [
        asked(question, persona)
        for persona in ("You are a person of 45 years. " * 6, "You are very happy. " * 9)
        for question in ("Religion? 1 … 10", "Family? 1 … 10", "Neighbours? 1 … 10")
    ]
    found = scores_of.score(prompts * 3)
    assert [s.log_masses.tolist() for s in found] == [s.log_masses.tolist() for s in found[:6] * 3]
    one_each = sum(s.prompt_tokens for s in found[:6])
    assert scores_of.runner.tokens_run < one_each + 6 * 60


def test_a_prompt_that_is_too_long_fails_alone(loaded, scorer) -> None:
    scores_of = scorer(loaded(kind="gqa"))
    long, short = scores_of.score([asked("very " * 1500), QUESTION])
    assert "the model takes 1024" in long.failure
    assert long.probabilities is None
    assert long.allowed_mass == 0
    assert short.failure is None
    assert short.probabilities.sum() == pytest.approx(1)


def test_numbers_that_are_not_finite_are_no_distribution(loaded, monkeypatch, scorer) -> None:
    model = loaded(kind="gqa")
    scores_of = scorer(model)
    monkeypatch.setattr(
        "mores.models.hf.running.log_probabilities",
        lambda model, tree, n, check: np.full(tree.continuations, np.nan),
    )
    found = scores_of.score([QUESTION])[0]
    assert "no log-probabilities" in found.failure
    assert found.probabilities is None


def test_no_mass_is_no_distribution(loaded, scorer) -> None:
    found = scorer(loaded(kind="gqa")).score([QUESTION])[0]
    assert replace(found, log_masses=np.full((10, 5), -np.inf)).probabilities is None


def test_mass_too_small_for_a_float_still_has_its_shape(loaded, scorer) -> None:
    found = scorer(loaded(kind="gqa")).score([QUESTION])[0]
    tiny = replace(found, log_masses=found.log_masses - 2000)
    assert tiny.allowed_mass == 0
    assert tiny.probabilities == pytest.approx(found.probabilities)


def test_memory_that_runs_out_makes_smaller_passes(loaded, monkeypatch, scorer) -> None:
    scores_of = scorer(loaded(kind="gqa"))
    wanted = scores_of.score([QUESTION])[0]
    passes = []

    def short(model, tree, n, check):
        passes.append(n)
        if n > 100:
            raise torch.cuda.OutOfMemoryError("out of memory")
        return log_probabilities(model, tree, n)

    monkeypatch.setattr("mores.models.hf.running.log_probabilities", short)
    found = scores_of.score([QUESTION])[0]
    assert found.log_masses == pytest.approx(wanted.log_masses, abs=1e-5)
    assert passes[-1] == passes[0] // 16 == 64


def test_options_that_are_the_same_answer(loaded, scorer) -> None:
    scores_of = scorer(loaded(kind="gqa"))
    with pytest.raises(ModelError, match=r"options 'A' and 'A\.' cannot be told apart"):
        scores_of.check(("A", "A."))
    confused, clear = scores_of.score([asked("Which?", labels=("A", "A.")), QUESTION])
    assert "cannot be told apart" in confused.failure
    assert clear.failure is None


def test_a_label_that_cannot_be_written(loaded, scorer) -> None:
    """After a begun answer that merges with it, the label is no answer of its own."""
    scores_of = scorer(loaded(splits_digits=False, kind="gqa"), BARE)
    begun = OptionPrompt((Message("user", "1 … 10"), Message("assistant", "1")), ("0", "A"))
    failed = scores_of.score([begun])[0]
    assert "cannot write '0'" in failed.failure
    assert "label the options with letters" in failed.failure
    scores_of.check(("0", "A"))


def test_the_unknown_token_is_no_answer(saved, tmp_path, scorer) -> None:
    """Where a tokenizer has one token for all that it does not know, nothing is told by it."""
    import shutil

    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from mores.models.hf.loading import load
    from mores.models.hf.source import Source

    folder = shutil.copytree(saved(kind="gqa"), tmp_path / "words")
    words = {w: i for i, w in enumerate(["<end>", "[UNK]", "Answer", ":", "1", "2", "heron"])}
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<end>", unk_token="[UNK]")
    for path in (*folder.glob("token*"), folder / "chat_template.jinja"):
        path.unlink()
    fast.save_pretrained(folder)
    scores_of = scorer(load(Source.parse(f"hf:{folder},device=cpu,plain=yes")))
    scores_of.check(("1", "2"))
    with pytest.raises(ModelError, match="cannot write '3' as an answer"):
        scores_of.check(("1", "2", "3"))


def test_forms_are_declared() -> None:
    assert Forms().of("1") == ["1", " 1", "1.", " 1.", "１"]
    assert Forms().of("very happy")[-1] is None
    for patterns in ((), ("a{}",), ("{}{}",), ("x",)):
        with pytest.raises(ModelError, match=r"each is \{\} with spaces"):
            Forms(patterns)
