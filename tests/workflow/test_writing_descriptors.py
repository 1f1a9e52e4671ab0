"""A descriptor set by a model: asked once, asked again, kept, resumed, never overwritten."""

import asyncio
import json
import tomllib
from collections import Counter
from dataclasses import dataclass, field

import pytest

from mores.errors import FieldworkError, InstrumentError, ModelError, PersonaError, PromptError
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.personas.descriptors import descriptor_sets, read_descriptor_set
from mores.records import Reply
from mores.workflow import writing_descriptors
from mores.workflow.writing_descriptors import ASKED_AGAIN, write_descriptors

BARE = descriptor_sets()["no-hedge"]


def sentences(request):
    """The sentences of the shipped set for whatever item the request's schema asks for."""
    codes = [*request.answer_schema["properties"]]
    text = request.messages[0].content
    words = {
        "F063": "God",
        "F118": "Homosexuality",
        "F120": "Abortion",
        "G006": "proud",
        "A008": "happy",
    }
    words |= {"A165": "trusted", "E018": "authority", "E025": "petition", "Y002": "index of two"}
    item = next(
        (key for key, word in words.items() if f"{word}" in text.split("Question:")[1]), "Y003"
    )
    return item, {code: BARE.sentences[item][int(code)] for code in codes}


@dataclass
class Writer:
    """A model that writes the shipped sentences, or what `spoil` makes of them."""

    spoil: object = None
    spec: str = "ollama/w"
    label: str = "w"
    simulated: bool = False
    block_size: int = 1
    asked: list = field(default_factory=list)
    closed: int = 0
    capabilities: Capabilities = field(default_factory=Capabilities)
    identity: dict = field(default_factory=lambda: {"model": "w"})

    async def prepare(self, known=None):
        await asyncio.sleep(0)

    async def ask(self, requests):
        (request,) = requests
        item, said = sentences(request)
        self.asked.append((item, request))
        text = json.dumps(said)
        if self.spoil is not None:
            text = self.spoil(item, sum(i == item for i, _ in self.asked), text)
        return [text if isinstance(text, Reply) else Reply(text=text)]

    async def close(self):
        self.closed += 1


def test_a_whole_set_is_asked_for_once_an_item_and_says_where_it_comes_from(tmp_path):
    out, writer, notes = tmp_path / "mine.toml", Writer(), []
    found = write_descriptors("modular", writer, out, seed=3, note=notes.append)
    assert found.sentences == BARE.sentences
    assert found == read_descriptor_set(out)
    assert Counter(item for item, _ in writer.asked) == dict.fromkeys(BARE.items, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]
    card = tomllib.loads(out.read_text("utf-8"))
    assert (card["prompt"], card["model"], card["seed"]) == ("modular", "ollama/w", 3)
    assert len(card["date"]) == 10
    assert "no human has validated" in card["written_by"]
    assert notes[-1] == "Y003: 5 sentences (10 of 10 items)"
    assert writer.closed == 1


def test_requests_have_keys_and_seeds_of_their_own(tmp_path):
    writer = Writer(lambda item, n, text: "no" if n == 1 else text)
    write_descriptors("modular", writer, tmp_path / "mine.toml")
    requests = [request for _, request in writer.asked]
    assert len({r.key for r in requests}) == len({r.seed for r in requests}) == len(requests) == 20


def test_an_item_is_asked_again_with_the_faults_named(tmp_path):
    def spoil(item, n, text):
        return text.replace("You trust people", "People are trusted") if n < 3 else text

    writer = Writer(spoil)
    found = write_descriptors("modular", writer, tmp_path / "mine.toml", items=["Q57"])
    assert found.sentences == {"A165": BARE.sentences["A165"]}
    assert len(writer.asked) == 3
    roles = [m.role for m in writer.asked[2][1].messages]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    told = writer.asked[1][1].messages[2].content
    assert "option 1 (Most people can be trusted): begins with 'People are trusted" in told


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("I would rather not.", "no JSON object"),
        ('{"1": "You trust people."}', "option 2 .* has no sentence"),
        ('{"1": "You trust people.", "2": "You trust people!"}', "has the sentence of option 1"),
        ('{"1": "You trust people.", "2": "You tru', "is no text"),
    ],
)
def test_after_three_more_times_it_ends_with_the_fault_and_keeps_the_rest(tmp_path, said, fault):
    out = tmp_path / "mine.toml"
    writer = Writer(lambda item, n, text: said if item == "A165" else text)
    with pytest.raises(FieldworkError, match=f"Q57: w was asked 4 times.*{fault}"):
        write_descriptors("modular", writer, out, items=["A008", "A165", "E018"])
    assert Counter(i for i, _ in writer.asked) == {"A008": 1, "A165": 1 + ASKED_AGAIN}
    assert not out.exists()
    kept = read_descriptor_set(tmp_path / "mine.toml.partial")
    assert kept.sentences == {"A008": BARE.sentences["A008"]}
    assert writer.closed == 1

    again = Writer()
    found = write_descriptors("modular", again, out, items=["A008", "A165", "E018"])
    assert Counter(i for i, _ in again.asked) == {"A165": 1, "E018": 1}
    assert found.items == ("A008", "A165", "E018")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


def test_a_failed_request_ends_it_and_an_interruption_too(tmp_path):
    out = tmp_path / "mine.toml"
    broken = Writer(lambda i, n, t: Reply(None, "the server is down") if i == "E018" else t)
    with pytest.raises(FieldworkError, match=r"Q45: w gave no answer .the server is down.*repeat"):
        write_descriptors("modular", broken, out)

    def interrupt(item, n, text):
        if item == "E025":
            raise KeyboardInterrupt
        return text

    with pytest.raises(KeyboardInterrupt):
        write_descriptors("modular", Writer(interrupt), out)
    last = Writer()
    write_descriptors("modular", last, out)
    assert [item for item, _ in last.asked] == list(BARE.items[3:])


def test_kept_sentences_of_another_prompt_model_or_seed_are_not_mixed_in(tmp_path):
    out = tmp_path / "mine.toml"
    stop = Writer(lambda i, n, t: Reply(None, "down") if i == "A165" else t)
    with pytest.raises(FieldworkError):
        write_descriptors("modular", stop, out)
    before = (tmp_path / "mine.toml.partial").read_bytes()
    others = [
        ("composable", Writer(), 0),
        ("modular", Writer(spec="ollama/v"), 0),
        ("modular", Writer(), 1),
    ]
    for prompt, writer, seed in others:
        with pytest.raises(
            PersonaError, match="made with prompt modular, model ollama/w and seed 0"
        ):
            write_descriptors(prompt, writer, out, seed=seed)
        assert not writer.asked
    assert (tmp_path / "mine.toml.partial").read_bytes() == before

    (tmp_path / "mine.toml.partial").write_text("half of", "utf-8")
    with pytest.raises(PersonaError, match=r"not valid TOML.*remove .*partial"):
        write_descriptors("modular", Writer(), out)


def test_kept_items_that_are_not_asked_for_now_stay_kept(tmp_path):
    out = tmp_path / "mine.toml"
    stop = Writer(lambda i, n, t: Reply(None, "down") if i == "E018" else t)
    with pytest.raises(FieldworkError):
        write_descriptors("modular", stop, out)
    found = write_descriptors("modular", Writer(), out, items=["A165"])
    assert found.items == ("A165",)
    assert read_descriptor_set(tmp_path / "mine.toml.partial").items == ("A008", "A165")


def test_nothing_is_asked_where_it_could_not_be_written(tmp_path):
    writer = Writer()
    (tmp_path / "there.toml").write_text("mine", "utf-8")
    with pytest.raises(PersonaError, match="is there already; choose another"):
        write_descriptors("modular", writer, tmp_path / "there.toml")
    assert (tmp_path / "there.toml").read_text("utf-8") == "mine"
    with pytest.raises(PersonaError, match=r"ends in .toml"):
        write_descriptors("modular", writer, tmp_path / "mine.txt")
    with pytest.raises(PersonaError, match="does not exist"):
        write_descriptors("modular", writer, tmp_path / "no" / "mine.toml")
    with pytest.raises(InstrumentError, match="Q999"):
        write_descriptors("modular", writer, tmp_path / "mine.toml", items=["Q999"])
    with pytest.raises(PromptError):
        write_descriptors("terse", writer, tmp_path / "mine.toml")
    with pytest.raises(PersonaError, match="no items"):
        write_descriptors("modular", writer, tmp_path / "mine.toml", items=[])
    assert not writer.asked


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_comes_to_be_meanwhile_stays(tmp_path, monkeypatch, links):
    out = tmp_path / "mine.toml"

    def meanwhile(item, n, text):
        if item == "Y003":
            out.write_text("theirs", "utf-8")
        return text

    if not links:

        def refused(*_):
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(writing_descriptors.os, "link", refused)
    with pytest.raises(Exception, match="the sentences are kept in"):
        write_descriptors("modular", Writer(meanwhile), out)
    assert out.read_text("utf-8") == "theirs"
    assert len(read_descriptor_set(tmp_path / "mine.toml.partial").items) == 10
    out.unlink()
    last = Writer()
    write_descriptors("modular", last, out)
    assert not last.asked
    assert len(read_descriptor_set(out).items) == 10


def test_the_simulated_respondent_is_refused(tmp_path):
    with pytest.raises(ModelError, match="sim writes no sentences"):
        write_descriptors("modular", resolve("sim"), tmp_path / "mine.toml")


def test_secrets_in_an_address_are_not_written(tmp_path):
    writer = Writer(spec="http://me:secret@localhost:1/v1?key=secret#w")
    write_descriptors("modular", writer, tmp_path / "mine.toml", items=["A165"])
    assert "secret" not in (tmp_path / "mine.toml").read_text("utf-8")


def test_a_model_that_cannot_be_used_is_let_go_of(tmp_path):
    class Unusable(Writer):
        async def prepare(self, known=None):
            raise ModelError("no key")

    writer = Unusable()
    with pytest.raises(ModelError, match="no key"):
        write_descriptors("modular", writer, tmp_path / "mine.toml")
    assert writer.closed == 1
    assert not [*tmp_path.iterdir()]
