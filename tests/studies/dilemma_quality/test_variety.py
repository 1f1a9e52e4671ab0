from __future__ import annotations

from dataclasses import replace

import numpy as np

from mores.studies.dilemma_quality.variety import (
    ALIKE_IN_MEANING,
    ALIKE_IN_WORDS,
    coverage,
    variety_checks,
)


def failed(dilemmas, **options) -> set[str]:
    return {r.name for r in variety_checks(dilemmas, **options) if r.passed is False}


def copy_of(dilemma, old_words, new_words):
    """The dilemma under another id, with words exchanged."""

    def exchanged(text: str) -> str:
        for old, new in zip(old_words, new_words, strict=True):
            text = text.replace(old, new)
        return text

    actions = tuple(replace(a, text=exchanged(a.text)) for a in dilemma.actions)
    return replace(
        dilemma,
        id="copy",
        value="honest",
        setting="elsewhere",
        scenario_text=exchanged(dilemma.scenario_text),
        actions=actions,
    )


def test_a_copy_with_other_names_is_found_by_each_measure(shipped) -> None:
    reef = next(d for d in shipped if d.id == "equality--environment")
    found = failed(
        [*shipped, copy_of(reef, ["Kenya", "reef", "forty"], ["Fiji", "lagoon", "thirty"])]
    )
    assert found == {
        "closest pair: runs of five words shared",
        "closest pair: words, any two dilemmas",
        "closest pair: latent meanings, any two dilemmas",
    }


def test_a_set_up_that_a_value_repeats_in_other_words_is_found(shipped) -> None:
    """Every fourth word is another, so that few runs of five are left."""
    reef = next(d for d in shipped if d.id == "equality--environment")

    def loosened(text: str) -> str:
        return " ".join("then" if i % 4 == 3 else w for i, w in enumerate(text.split()))

    actions = tuple(replace(a, text=loosened(a.text)) for a in reef.actions)
    again = replace(
        reef,
        id="again",
        setting="elsewhere",
        scenario_text=loosened(reef.scenario_text),
        actions=actions,
    )
    found = failed([*shipped, again])
    assert "closest pair: runs of five words shared" not in found
    assert {"closest pair: words, same value", "closest pair: latent meanings, same value"} <= found


def test_settings(hotel) -> None:
    other = replace(hotel, id="other", setting="Hotel, Turin – Italy")
    lacking = replace(hotel, id="lacking", setting="")
    elsewhere = replace(hotel, id="elsewhere", value="honest")
    (result,) = [
        r for r in variety_checks([hotel, other, lacking, elsewhere]) if "setting" in r.name
    ]
    assert [f.where for f in result.findings] == [hotel.id, "other", "lacking"]


def test_own_embeddings_are_used_in_place_of_latent_meanings(shipped) -> None:
    few = shipped[:4]
    turned = np.array([[1.0, 0], [0.9, 0.1], [0, 1], [0, -1]])
    results = variety_checks(few, embed=lambda texts: turned[: len(texts)])
    (found,) = [r for r in results if r.name == "closest pair: embeddings, any two dilemmas"]
    assert found.value == 0.9 / np.hypot(0.9, 0.1)
    assert found.passed is False
    assert found.findings[0].where == f"{few[0].id} and {few[1].id}"
    assert found.limit == f"< {ALIKE_IN_MEANING:.2f}"
    assert not [r for r in results if "latent" in r.name]


def test_a_single_dilemma_is_alike_to_none(hotel) -> None:
    closest = [r for r in variety_checks([hotel]) if r.name.startswith("closest")]
    assert all(r.value is None and r.passed is None and r.n == 0 for r in closest)
    assert ALIKE_IN_WORDS < 1


def test_coverage_is_told_and_not_judged(hotel, shipped) -> None:
    own = replace(hotel, value="thrift", topic="space-travel")
    found = {r.name: (r.value, r.n, r.passed) for r in coverage([hotel, own])}
    assert found["values by topics of the study"] == (1, 616, None)
    assert found["different settings"] == (1, 2, None)
    assert found["without a presumption"] == (2, 2, None)
