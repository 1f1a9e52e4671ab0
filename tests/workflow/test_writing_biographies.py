"""Biographies by a model: written, read, repaired or rejected, kept, resumed, never overwritten."""

import json

import pytest
from workflow.biography_writer import BiographyModel, a_level_off, well_written

from mores.errors import FieldworkError, ModelError, PersonaError, PromptError
from mores.models.registry import resolve
from mores.personas.biographies import UNCLEAR
from mores.personas.biography_files import read_biographies
from mores.personas.grid import configuration
from mores.records import Reply
from mores.workflow.writing_biographies import REPAIRS, write_biographies

SOME = [17, 40_000, 93_311]


def by_index(out):
    return {b.configuration: b for b in read_biographies(out).biographies}


def test_each_is_asked_once_and_the_file_says_where_it_comes_from(tmp_path):
    out, model, notes = tmp_path / "b.jsonl", BiographyModel(), []
    counts = write_biographies([*SOME, 17], model, out, seed=3, note=notes.append)
    assert (counts.n, counts.accepted, counts.drafts, counts.read) == (3, 3, 3, 3)
    assert model.written() == SOME
    found = read_biographies(out)
    assert [b.configuration for b in found.biographies] == SOME
    assert (found.making.writer, found.making.reader) == ("ollama/w", "ollama/w")
    assert (found.making.simulated, found.making.seed, found.making.planned) == (False, 3, 3)
    assert len(found.making.prompts) == 64
    for b in found.biographies:
        assert b.reading.levels == configuration(b.configuration)
        assert b.status == "accepted"
    assert [p.name for p in tmp_path.iterdir()] == ["b.jsonl"]
    assert notes[-1] == "3 of 3 biographies, 3 accepted"
    assert len({r.key for _, _, r in model.asked}) == len({r.seed for _, _, r in model.asked}) == 6
    assert all(request.answer_schema for _, _, request in model.asked)
    assert model.closed == 1


def test_a_contradicted_story_is_repaired_with_the_variable_named_and_not_the_answer(tmp_path):
    def write(index, before, good):
        return a_level_off(index, 9) if index == 17 and before == 0 else good

    out, model = tmp_path / "b.jsonl", BiographyModel(write)
    counts = write_biographies(SOME, model, out)
    assert model.written() == [*SOME, 17]
    assert (counts.accepted, counts.repaired, counts.drafts) == (3, 1, 4)
    mended = by_index(out)[17]
    assert (mended.status, mended.attempts) == ("accepted", 2)
    assert mended.drafts == (("contradicts:tolerance_diversity",),)
    messages = [r for k, i, r in model.asked if (k, i) == ("write", 17)][1].messages
    assert [m.role for m in messages] == ["user", "assistant", "user"]
    assert "Attitudes toward out-groups" in messages[2].content
    assert "neighbour" not in messages[2].content


def test_what_stays_wrong_is_rejected_after_a_bounded_number_of_repairs(tmp_path):
    out = tmp_path / "b.jsonl"
    model = BiographyModel(lambda index, before, good: a_level_off(index) if index == 17 else good)
    counts = write_biographies(SOME, model, out)
    assert model.written().count(17) == 1 + REPAIRS
    assert (counts.accepted, counts.rejected) == (2, 1)
    rejected = by_index(out)[17]
    assert rejected.reasons == ("contradicts:religiosity",)
    assert rejected.text
    assert rejected.attempts == 1 + REPAIRS
    assert len(rejected.drafts) == REPAIRS
    assert rejected.reading.levels[0] != configuration(17)[0]


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("", ("empty",)),
        ("I'm sorry, but I can't help with that.", ("refused",)),
        (Reply("{}", finish="content_filter"), ("refused",)),
        (Reply(None, "HTTP 400", permanent=True), ("server-refused",)),
        (well_written(17, age=12), ("age",)),
        (well_written(17, occupation="wizard", sex="x"), ("occupation", "sex")),
        (well_written(17, story="Она живёт в маленьком городе. " * 20), ("other-language",)),
        (well_written(17, story="=cmd|'/c calc'!A1 " * 3), ("too-short",)),
    ],
)
def test_replies_that_cannot_be_used_are_counted_outcomes(tmp_path, said, reasons):
    out = tmp_path / "b.jsonl"
    model = BiographyModel(lambda index, before, good: said if index == 17 else good)
    counts = write_biographies(SOME, model, out, repairs=1)
    assert by_index(out)[17].reasons == reasons
    assert (counts.accepted, counts.rejected) == (2, 1)
    assert dict(counts.reasons) == dict.fromkeys(reasons, 1)
    assert model.written().count(17) == (1 if "server-refused" in reasons else 2)


def test_identical_stories_are_one_biography_and_rejections(tmp_path):
    same = well_written(5)
    out, model = tmp_path / "b.jsonl", BiographyModel(lambda index, before, good: same)
    counts = write_biographies(range(100, 220), model, out, read=False, repairs=1)
    assert (counts.accepted, counts.rejected) == (1, 119)
    assert counts.reasons == {"identical": 119}
    assert counts.read == 0
    # one's own earlier draft is no other's
    own = BiographyModel(lambda index, before, good: a_level_off(17))
    counts = write_biographies([17], own, tmp_path / "c.jsonl")
    assert counts.reasons == {"contradicts:religiosity": 1}


def test_an_unclear_variable_is_asked_again_and_the_clearest_draft_is_kept(tmp_path):
    answers = iter([(1, 5), (1,), "not a biography"])

    def read(n, before, good):
        wrong = next(answers)
        told = json.loads(good)
        names = list(told)
        return json.dumps(told | {names[place]: "unclear" for place in wrong})

    def write(index, before, good):
        return "no" if before == 2 else well_written(index, seed=before)

    out, model = tmp_path / "b.jsonl", BiographyModel(write, read)
    counts = write_biographies([17], model, out)
    kept = by_index(out)[17]
    assert (kept.status, kept.attempts) == ("accepted", 3)
    assert kept.reading.levels.count(UNCLEAR) == 1
    assert kept.drafts == (
        ("unclear:child_rearing_value", "unclear:national_pride"),
        ("no-json",),
    )
    assert counts.unclear == {"unclear:child_rearing_value": 1}


def test_a_reading_that_is_none_is_flagged_and_not_held_against_the_story(tmp_path):
    out = tmp_path / "b.jsonl"
    counts = write_biographies([17], BiographyModel(read=lambda *_: "It is fine."), out)
    assert (counts.accepted, counts.read) == (1, 0)
    assert by_index(out)[17].flags == ("unread",)


def test_another_model_reads(tmp_path):
    writer, reader = BiographyModel(), BiographyModel(spec="ollama/r", label="r")
    out = tmp_path / "b.jsonl"
    write_biographies(SOME, writer, out, reader=reader)
    assert {kind for kind, _, _ in writer.asked} == {"write"}
    assert {kind for kind, _, _ in reader.asked} == {"read"}
    assert by_index(out)[17].reading.reader == "ollama/r"
    assert (writer.closed, reader.closed) == (1, 1)


@pytest.mark.parametrize("where", ["write", "read"])
def test_what_got_no_answer_is_asked_again_by_the_same_command_and_nothing_else_is(tmp_path, where):
    def down(index, before, good):
        return Reply(None, "the server is down") if index in (1, 40_000) else good

    out = tmp_path / "b.jsonl"
    with pytest.raises(FieldworkError, match=r"1 of 3 biographies got no answer.*is down.*repeat"):
        write_biographies(SOME, BiographyModel(**{where: down}), out)
    assert not out.exists()
    last = BiographyModel()
    counts = write_biographies(SOME, last, out)
    assert last.written() == [40_000]
    assert (counts.n, counts.accepted) == (3, 3)
    assert set(by_index(out)) == set(SOME)
    assert [p.name for p in tmp_path.iterdir()] == ["b.jsonl"]


def test_it_stops_when_a_whole_block_gets_no_answer(tmp_path):
    model = BiographyModel(lambda *_: Reply(None, "down"))
    with pytest.raises(FieldworkError, match="200 of 200"):
        write_biographies(range(200), model, tmp_path / "b.jsonl")
    assert len(model.asked) == 64


def test_an_interruption_keeps_what_was_got_and_identical_texts_are_known_after_it(tmp_path):
    out = tmp_path / "b.jsonl"
    first = well_written(0)

    def interrupt(index, before, good):
        if index == 100:
            raise KeyboardInterrupt
        return good

    with pytest.raises(KeyboardInterrupt):
        write_biographies(range(128), BiographyModel(interrupt), out)
    lines = out.with_name("b.jsonl.partial") / "biographies.jsonl"
    assert len(read_biographies(lines).biographies) == 64
    with lines.open("ab") as file:
        file.write(b'{"configuration": 64, "demogr')  # as a killed process leaves it
    last = BiographyModel(lambda index, before, good: first if index == 127 else good)
    counts = write_biographies(range(128), last, out, repairs=2)
    assert set(last.written()) == set(range(64, 128))
    assert counts.n == 128
    assert counts.reasons == {"identical": 1}


def test_what_was_made_otherwise_is_not_mixed_in(tmp_path):
    out = tmp_path / "b.jsonl"
    with pytest.raises(FieldworkError):
        write_biographies(SOME, BiographyModel(lambda i, *_: Reply(None, "down")), out)
    assert not [*tmp_path.iterdir()]  # nothing was got, so nothing is left
    stop = BiographyModel(lambda i, b, good: Reply(None, "down") if i == 17 else good)
    with pytest.raises(FieldworkError):
        write_biographies(SOME, stop, out)
    for change in (
        {"seed": 1},
        {"repairs": 0},
        {"read": False},
        {"language": "de"},
        {"reader": BiographyModel(spec="ollama/other")},
    ):
        with pytest.raises(PersonaError, match=r"was made with .*repeat with these, or remove"):
            write_biographies(SOME, BiographyModel(), out, **change)
    with pytest.raises(PersonaError, match="was made with planned 3"):
        write_biographies(SOME[:2], BiographyModel(), out)
    with pytest.raises(PersonaError, match="was made with writer"):
        write_biographies(SOME, BiographyModel(spec="ollama/v"), out)
    write_biographies(SOME, BiographyModel(), out)


def test_nothing_is_asked_where_it_could_not_be_written(tmp_path):
    model = BiographyModel()
    there = tmp_path / "there.jsonl"
    there.write_text("mine", "utf-8")
    with pytest.raises(PersonaError, match="is there already"):
        write_biographies(SOME, model, there)
    assert there.read_text("utf-8") == "mine"
    for out, said in [
        (tmp_path / "b.txt", "ends in .jsonl"),
        (tmp_path / "no" / "b.jsonl", "does not exist"),
    ]:
        with pytest.raises(PersonaError, match=said):
            write_biographies(SOME, model, out)
    out = tmp_path / "b.jsonl"
    for asked, options, said in [
        ([93_312], {}, "93312 does not exist"),
        ([-1], {}, "-1 does not exist"),
        ([], {}, "no configurations"),
        (SOME, {"repairs": -1}, "repairs -1"),
        (SOME, {"contradictions": 0.1}, "offline writer alone"),
    ]:
        with pytest.raises(PersonaError, match=said):
            write_biographies(asked, model, out, **options)
    with pytest.raises(PromptError, match="not known"):
        write_biographies(SOME, model, out, language="elvish")
    with pytest.raises(PersonaError, match="reads English alone"):
        write_biographies(SOME, model, out, language="de", reader=resolve("sim"))
    assert not model.asked
    assert [p.name for p in tmp_path.iterdir()] == ["there.jsonl"]


def test_a_file_that_comes_to_be_meanwhile_stays(tmp_path):
    out = tmp_path / "b.jsonl"

    def meanwhile(index, before, good):
        out.write_text("theirs", "utf-8")
        return good

    with pytest.raises(PersonaError, match="came to be meanwhile; the biographies are kept in"):
        write_biographies(SOME, BiographyModel(meanwhile), out)
    assert out.read_text("utf-8") == "theirs"
    out.unlink()
    last = BiographyModel()
    write_biographies(SOME, last, out)
    assert not last.asked
    assert set(by_index(out)) == set(SOME)


def test_a_model_that_cannot_be_used_is_let_go_of(tmp_path):
    class Unusable(BiographyModel):
        async def prepare(self, known=None):
            raise ModelError("no key")

    model = Unusable()
    with pytest.raises(ModelError, match="no key"):
        write_biographies(SOME, model, tmp_path / "b.jsonl")
    assert model.closed == 1


def test_secrets_in_an_address_are_not_written(tmp_path):
    model = BiographyModel(spec="http://me:secret@localhost:1/v1?key=secret#w")
    write_biographies(SOME, model, tmp_path / "b.jsonl")
    assert "secret" not in (tmp_path / "b.jsonl").read_text("utf-8")


def test_the_offline_writer_says_that_it_is_simulated_and_repairs_what_was_planted(tmp_path):
    out, sim = tmp_path / "b.jsonl", resolve("sim")
    counts = write_biographies(range(0, 93_312, 311), sim, out, contradictions=0.5)
    assert counts.n == 301
    assert counts.repaired > 70
    assert counts.rejected < 80
    made = read_biographies(out)
    assert made.making.simulated
    assert "simulated" in made.making.writer
    assert all("simulated" in b.writer for b in made.biographies)
    assert {b.status for b in made.biographies if b.planted} == {"rejected"}
    with pytest.raises(PersonaError, match="English alone"):
        write_biographies([1], sim, tmp_path / "c.jsonl", language="fr")


def test_the_same_seed_writes_the_same_file(tmp_path):
    files = [tmp_path / f"{n}.jsonl" for n in range(3)]
    for out, seed in zip(files, (1, 1, 2), strict=True):
        write_biographies(SOME, resolve("sim"), out, seed=seed)
    a, b, c = (out.read_bytes() for out in files)
    assert a == b != c
