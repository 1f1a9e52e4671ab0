import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from mores.errors import ModelError
from mores.models.hf.template import Template
from mores.records import Message

ASKED = (Message("system", "You are 45."), Message("user", "Are you happy?"))


def test_the_template_is_applied(loaded) -> None:
    template = loaded(template="chatml").template
    assert template.render(ASKED) == (
        "<|im_start|>system\nYou are 45.<|im_end|>\n<|im_start|>user\nAre you happy?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert (template.chat, template.system, template.reasoning) == (True, True, "none")


@pytest.mark.parametrize(
    ("template", "reasoning"), [("thinking", "switched off"), ("opened", "closed")]
)
def test_the_reasoning_channel_is_closed(loaded, template, reasoning) -> None:
    found = loaded(template=template).template
    assert found.reasoning == reasoning
    assert found.render(ASKED).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def made(tokenizer_like, source):
    class Words:
        chat_template = source

        def __getattr__(self, name):
            return getattr(tokenizer_like, name)

        def apply_chat_template(self, messages, **options):
            options.pop("tokenize")
            return tokenizer_like.apply_chat_template(
                messages, tokenize=False, chat_template=source, **options
            )

    return Words()


def test_other_ways_of_thinking(loaded) -> None:
    words = loaded(template="chatml").tokenizer
    harmony = "{{ messages[0].content }}<|start|>assistant{# <|channel|>analysis, final #}"
    found = Template.of(made(words, harmony), "hf:m")
    assert found.render(ASKED[1:]).endswith("assistant<|channel|>final<|message|>")
    unswitched = "{{ messages[-1].content.split('</think>')[-1] }}|A:"
    found = Template.of(made(words, unswitched), "hf:m")
    assert found.render(ASKED[1:]) == "Are you happy?|A:<think>\n\n</think>\n\n"
    inner = "{% set thinking = true %}{{ messages[-1].content }}{{ thinking }}"
    assert Template.of(made(words, inner), "hf:m").reasoning == "none"


def test_a_system_message_that_is_refused_is_folded(loaded) -> None:
    template = loaded(template="no-system").template
    assert not template.system
    assert "<|im_start|>user\nYou are 45.\n\nAre you happy?<|im_end|>" in template.render(ASKED)


def test_without_a_template_texts_stand_below_one_another(loaded) -> None:
    template = loaded(template="none").template
    assert not template.chat
    assert template.render(ASKED) == "You are 45.\n\nAre you happy?\n\nAnswer:"
    assert template.turn_end() is None


def test_an_answer_that_was_begun_goes_on(loaded) -> None:
    begun = (*ASKED, Message("assistant", "My answer is "))
    for name in ("chatml", "none", "thinking"):
        assert loaded(template=name).template.render(begun).endswith("My answer is ")


def test_few_shot_turns(loaded) -> None:
    turns = (*ASKED, Message("assistant", "Yes"), Message("user", "Very?"))
    text = loaded(template="chatml").template.render(turns)
    assert "<|im_start|>assistant\nYes<|im_end|>\n<|im_start|>user\nVery?" in text


def test_the_token_that_ends_a_turn(loaded) -> None:
    found = loaded(template="chatml")
    assert found.template.turn_end() == found.tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert found.stops == (0, found.template.turn_end())


def test_digests_tell_templates_apart(saved, loaded) -> None:
    names = ("chatml", "thinking", "opened", "no-system", "none")
    assert len({loaded(template=name).template.digest for name in names}) == len(names)


def test_a_broken_template(loaded) -> None:
    words = loaded(template="chatml").tokenizer
    with pytest.raises(
        ModelError, match=r"user message alone: .* refuses.*: no; put.*chat_template.jinja"
    ):
        Template.of(made(words, "{{ raise_exception('no') }}"), "hf:m")


def test_a_lone_surrogate_is_no_obstacle(loaded) -> None:
    template = loaded(template="chatml").template
    assert template.tokens(template.render((Message("user", "a\ud800b"),)))
