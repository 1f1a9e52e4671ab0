"""The parameters of the simulated respondent for framings, as they are written and refused."""

from __future__ import annotations

import pytest

from mores.errors import ModelError
from mores.models.registry import resolve


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("ar", "'ar' is not language:share; write ar:0.2"),
        ("ar:0.2+", "'' is not language:share"),
        ("ar:", "'' is not a number"),
        ("ar:x", "'x' is not a number"),
        ("ar:1.2", r"1.2 is outside 0 … 1"),
        ("ar:-0.1", "outside"),
        ("ar:nan", "outside"),
        ("ar:0.2+ar:0.3", "gives 'ar' twice"),
        ("xx:0.2", "there is no language 'xx'"),
        ("AR:0.2", "there is no language 'AR'"),
        ("ar:0.99", "refusal_by_language=ar:0.99 and malformed=0.02 add up"),
    ],
)
def test_wrong_shares_by_language_are_named(spec, said):
    with pytest.raises(ModelError, match=said):
        resolve(f"sim:refusal_by_language={spec}")


def test_a_share_by_language_replaces_the_one_for_all():
    p = resolve("sim:refusal=0.05,refusal_by_language=ar:0+hi:0.1").parameters
    assert [p.refusal_in(x) for x in ("ar", "hi", "en", "tlh")] == [0, 0.1, 0.05, 0.05]


@pytest.mark.parametrize("name", ["hedge", "steer_third_person"])
def test_new_shares_are_bounded(name):
    with pytest.raises(ModelError, match="outside 0 … 1"):
        resolve(f"sim:{name}=1.01")


def test_the_identity_names_what_differs():
    plain = resolve("sim").identity
    same = "hedge=0.01,steer_language=0.1,steer_user_country=0.25,steer_persona_country=0.4"
    assert resolve(f"sim:{same},steer_third_person=0.6").identity == plain
    given = resolve("sim:steer_third_person=1,refusal_by_language=ar:0.2").identity
    assert given == plain | {"steer_third_person": 1.0, "refusal_by_language": "ar:0.2"}
