"""Files of judgements: what is read of them, and every way in which they may be wrong."""

import json
from copy import deepcopy

import pytest

from mores.errors import InstrumentError
from mores.instruments.dilemma_checks import CHECKS, Check
from mores.instruments.dilemmas import ACTIONS, read_dilemmas
from mores.instruments.judgements import KIND, read_judgements, set_fingerprint

MOMENT = "2026-11-20T10:15:00Z"


def entry(name="honest--work", **changes):
    return {
        "id": name,
        "text": "0123456789abcdef",
        "order": list(ACTIONS[::-1]),
        "placed": list(ACTIONS),
        "read": MOMENT,
        "checks": {check: {"passed": True, "reason": " Good. "} for check in CHECKS},
        "checked": MOMENT,
        "remark": "",
        "seconds": {"reading": 41, "checks": 30},
        **changes,
    }


def document(*entries, **changes):
    return {
        "kind": KIND,
        "schema": 1,
        "program": "mores 0.1.0",
        "set": "a" * 16,
        "page": "b" * 16,
        "seed": 0,
        "reviewer": " Anna  B. ",
        "started": MOMENT,
        "saved": MOMENT,
        "judgements": list(entries),
        **changes,
    }


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "judgements.json"
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_finished_and_an_unfinished_judgement(written):
    begun = entry(
        "b",
        placed=["a-mild", None, None, "a-mild", "b-mild", "b-mild"],
        read=None,
        checks={},
        checked=None,
    )
    file = read_judgements(written(document(entry(), begun)))
    assert file.reviewer == "Anna B."
    assert file.same_reviewer == "anna b."
    one, other = file.judgements
    assert (one.placed, one.order, one.seconds) == (ACTIONS, ACTIONS[::-1], (41, 30))
    assert dict(one.checks) == dict.fromkeys(CHECKS, Check(True, "Good."))
    assert one.all_checked
    assert (other.placed, other.all_checked, dict(other.checks)) == (None, False, {})


def test_a_byte_order_mark_is_tolerated(written):
    assert read_judgements(written("\ufeff" + json.dumps(document()))).judgements == ()


def without(key):
    content = document(entry())
    del content[key]
    return content


def failed(reason):
    checks = {check: {"passed": check != "harmlessness", "reason": reason} for check in CHECKS}
    return entry(checks=checks)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "is a list"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": 1, "a": 2}', "occurs twice"),
        ("[" * 100_000, "nested too deeply"),
        ({"kind": "else"}, "holds no judgements of dilemmas"),
        (document(schema=2), "schema"),
        (without("set"), "set: is missing"),
        (document(more=1), "more: is not a known key"),
        (document(seed="0"), "seed: must be a whole number"),
        (document(reviewer=" "), "reviewer"),
        (document(reviewer="a\u001b[31m"), "reviewer"),
        (document(set="A" * 16), "set"),
        (document(saved="yesterday"), "is no time"),
        (document(saved=MOMENT[:10]), "is no time"),
        (document(entry(), entry()), "is judged twice"),
        (document(entry(order=[*ACTIONS[:5], "a-mild"])), "must name each of"),
        (document(entry(placed=list(ACTIONS[:5]))), "placed"),
        (document(entry(placed=["A", *ACTIONS[1:]])), "placed"),
        (document(entry(placed=[None, *ACTIONS[1:]])), "closed before all actions were placed"),
        (document(entry(read=None)), "checks before its reading was closed"),
        (document(entry(checks={})), "before the four checks were answered"),
        (document(failed(" ")), "not passed, and no reason"),
        (document(failed("a" * 2001)), "at most 2000 are allowed"),
        (document(failed("\u0007")), "control character"),
        (document(entry(remark="a" * 2001)), "at most 2000 are allowed"),
        (document(entry(seconds={"reading": -1, "checks": 0})), "seconds"),
        (document(entry(seconds={"reading": 1.5, "checks": 0})), "seconds"),
        (document(entry("a b")), "visible characters without spaces"),
        (document(judgements={}), "judgements: must be a list"),
    ],
)
def test_what_is_no_file_of_judgements(written, content, says):
    path = written(deepcopy(content))
    with pytest.raises(InstrumentError, match=says) as raised:
        read_judgements(path)
    assert str(path) in str(raised.value)
    assert len(str(raised.value)) < 1500


def test_a_missing_file(tmp_path):
    with pytest.raises(InstrumentError, match="no such file"):
        read_judgements(tmp_path / "nowhere.json")


def test_a_set_is_known_by_its_ids_and_texts():
    few = read_dilemmas()[:3]
    assert set_fingerprint(few) == set_fingerprint(few[::-1])
    assert set_fingerprint(few) != set_fingerprint(few[:2])
