"""Writers of biographies: a conversation a job, a seed and a key a draft, the grammar for sim."""

import asyncio

from workflow.biography_writer import BiographyModel

from mores.models.registry import resolve
from mores.personas.biography_files import Making
from mores.personas.biography_grammar import GRAMMAR, compose
from mores.records import Reply
from mores.workflow.biography_writers import Job, writer_of
from mores.workflow.reading_biographies import NoReply

MAKING = Making("w", False, 3)


def write(writer, jobs, attempt=0):
    return asyncio.run(writer.write(jobs, attempt))


def test_a_repair_goes_on_with_the_conversation():
    model = BiographyModel(lambda index, before, good: f"no {before}")
    writer, job = writer_of(model, MAKING), Job(17)
    for attempt in range(3):
        (draft,) = write(writer, [job], attempt)
        assert (draft.faults, draft.said) == (("no-json",), f"no {attempt}")
        assert draft.biography.configuration == 17
        job.drafts.append(draft)
    requests = [request for _, _, request in model.asked]
    assert [m.role for m in requests[2].messages] == ["user", "assistant"] * 2 + ["user"]
    assert [m.content for m in requests[2].messages[1::2]] == ["no 0", "no 1"]
    assert requests[0].messages == requests[2].messages[:1]
    assert len({r.key for r in requests}) == len({r.seed for r in requests}) == 3


def test_a_failure_for_now_is_no_draft_and_one_for_good_is():
    replies = {17: Reply(None, "down"), 18: Reply(None, "too long", permanent=True)}
    model = BiographyModel(lambda index, before, good: replies[index])
    now, forever = write(writer_of(model, MAKING), [Job(17), Job(18)])
    assert now == NoReply("down")
    assert forever.faults == ("server-refused",)
    assert forever.biography.demographics is None


def test_a_simulated_model_writes_by_the_grammar():
    writer = writer_of(resolve("sim"), Making(GRAMMAR, True, 3))
    drafts = write(writer, [Job(17), Job(18)], attempt=1)
    assert [d.biography for d in drafts] == [compose(i, seed=3, attempt=1) for i in (17, 18)]
