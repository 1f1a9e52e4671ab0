"""What became of biographies, counted."""

from mores.personas.biographies import UNCLEAR, Biography, Demographics, Reading, judged
from mores.personas.biography_counts import counted
from mores.personas.grid import configuration

PERSON = Demographics(43, "female", "isced-3-4", "office", "town", "SWE")


def test_outcomes_are_counted():
    levels = configuration(7)
    one = judged(
        Biography(7, PERSON, "A.", "w", attempts=2, drafts=(("too-short", "age"),)),
        Reading("r", (UNCLEAR, *levels[1:])),
    )
    two = Biography(8, None, "", "w", status="rejected", reasons=("no-json",), planted=((0, 1),))
    counts = counted([one, two])
    assert (counts.n, counts.accepted, counts.rejected) == (2, 1, 1)
    assert (counts.drafts, counts.repaired, counts.read, counts.planted) == (3, 1, 1, 1)
    assert counts.reasons == {"no-json": 1}
    assert counts.faults == {"too-short": 1, "age": 1}
    assert counts.unclear == {"unclear:religiosity": 1}
