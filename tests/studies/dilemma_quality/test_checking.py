from __future__ import annotations

import sys

import pytest

from mores.errors import InputError
from mores.studies.dilemma_quality.checking import check_dilemmas


def test_every_topic_is_checked_in_order(shipped) -> None:
    topics = [result.topic for result in check_dilemmas(shipped[:30])]
    assert list(dict.fromkeys(topics)) == ["form", "variety", "cues", "validation", "coverage"]
    names = [(r.topic, r.name) for r in check_dilemmas(shipped[:30])]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("missing", ["sklearn", "vaderSentiment"])
def test_a_missing_library_is_told_with_its_remedy(shipped, monkeypatch, missing) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=rf"need {missing}.*pip install 'mores\[text\]'"):
        check_dilemmas(shipped[:6])
