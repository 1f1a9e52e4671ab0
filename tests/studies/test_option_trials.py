"""What trials have in common that ask for one of several options."""

import numpy as np
import pytest

from mores.keys import seed_from
from mores.models.interface import Capabilities
from mores.records import Message, Outcome, Sampling, Status
from mores.studies.option_trials import (
    answered_in_text,
    in_own_order,
    letters_needed,
    option_request,
)

SAID = (Message("user", "1 or 2?"),)


def request(scored, **changes):
    given = {"study_seed": 1, "trial": 5, "repeat": 1, "attempt": 0, "labels": ("1", "2")}
    return option_request(
        SAID, '"digest"', "model", Sampling(0.5), scored=scored, **given | changes
    )


def test_probabilities_are_asked_for_without_sampling_seed_or_repeat():
    first = request(True)
    assert first.sampling == Sampling()
    assert (first.seed, first.labels) == (0, ("1", "2"))
    assert request(True, trial=9, repeat=3).key == first.key
    assert request(True, attempt=1).key != first.key
    assert request(True, labels=("2", "1")).key != first.key


def test_text_is_drawn_with_a_seed_of_the_trial():
    first = request(False)
    assert first.sampling == Sampling(0.5)
    assert first.seed == seed_from(1, 5, 0)
    assert first.labels == ()
    keys = {
        request(False, **more).key for more in ({}, {"trial": 6}, {"repeat": 2}, {"attempt": 1})
    }
    assert len(keys) == 4


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_share_in_text_is_about_as_asked_and_grows_with_it(share):
    trials = np.arange(100_000)
    found = answered_in_text(trials, share, 3)
    assert abs(found.mean() - share) < 0.006
    assert not (answered_in_text(trials, share / 2, 3) & ~found).any()
    assert (answered_in_text(trials[::7], share, 3) == found[::7]).all()


def test_options_and_probabilities_go_back_to_their_own_order():
    shown = Outcome(Status.CODED, 0, "x", (0.7, 0.2, 0.1), 0.9, 0.0)
    found = in_own_order(shown, (2, 0, 1))
    assert found.option == 2
    assert found.probabilities == (0.2, 0.1, 0.7)
    assert (found.allowed_mass, found.unseen) == (0.9, 0.0)


def test_parts_go_back_one_by_one_and_what_is_missing_stays_so():
    shown = Outcome(Status.UNCODED, None, "x", parts=(0, -1, 1), flags=("hedge",))
    found = in_own_order(shown, (1, 0))
    assert found.parts == (1, -1, 0)
    assert found.flags == ("hedge",)


def test_what_has_no_answer_stays_as_it_is():
    refused = Outcome(Status.REFUSED, None, "refusal", flags=("refusal",))
    assert in_own_order(refused, (1, 0)) is refused


@pytest.mark.parametrize(
    ("scoring", "n", "needed"),
    [("first-token", 10, True), ("first-token", 9, False), ("prompt", 10, False)],
)
def test_letters_are_needed_where_a_first_token_does_not_tell(scoring, n, needed):
    assert letters_needed(n, Capabilities(scoring=scoring)) == needed
