"""Keys of requests for options: a contract, however they are put together."""

from typing import Any

import pytest

from mores.keys import canonical_json, digest, key_text, seed_from
from mores.records import Message, Sampling
from mores.studies.option_trials import option_request

HOT = Sampling(1.0, None, 40, 64)


@pytest.mark.parametrize("digests", ["ab" * 32, ["ab" * 16, "cd" * 16], [["user", 'é "\\ \ud800']]])
@pytest.mark.parametrize("scored", [True, False])
@pytest.mark.parametrize("sampling", [HOT, Sampling(), Sampling(temperature=0.1, top_p=1e-07)])
def test_the_key_is_the_digest_of_its_mapping(
    digests: Any, scored: bool, sampling: Sampling
) -> None:
    labels = ("1", "ü", '"')
    given = option_request(
        (Message("user", "?"),),
        canonical_json(digests),
        "m" * 32,
        sampling,
        labels=labels,
        scored=scored,
        study_seed=7,
        trial=123_456_789_012,
        repeat=2,
        attempt=1,
        answer="option",
    )
    used = Sampling() if scored else sampling
    seed = 0 if scored else seed_from(7, 123_456_789_012, 1)
    assert given.key == digest(
        {
            "messages": digests,
            "model": "m" * 32,
            "sampling": [used.temperature, used.top_p, used.top_k, used.max_tokens],
            "elicitation": ["probabilities", *labels] if scored else ["text", "option"],
            "seed": seed,
            "repeat": 0 if scored else 2,
            "attempt": 1,
        }
    )


def test_a_key_is_what_it_was() -> None:
    given = option_request(
        (Message("user", "?"),),
        canonical_json("00" * 32),
        "11" * 16,
        HOT,
        labels=("A", "B"),
        scored=False,
        study_seed=1,
        trial=2,
        repeat=1,
        attempt=0,
    )
    assert key_text(given.key) == "m1-4b2cda17fb84165c8367836cee09dab7"
