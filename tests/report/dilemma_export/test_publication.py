import re
from dataclasses import replace

import pytest

from mores.report.dilemma_export.publication import (
    Publication,
    citation,
    licence_url,
    licences,
    set_version,
)

SEMANTIC = re.compile(r"2\.0\.0\+[0-9a-f]{16}")


def test_the_version_is_semantic_and_changes_with_anything(few):
    version = set_version(few)
    assert SEMANTIC.fullmatch(version)
    assert set_version(list(few)) == version
    for change in ({"scenario_text": "You stay."}, {"licence": "MIT"}, {"validation": None}):
        assert set_version([replace(few[0], **change), *few[1:]]) != version
    assert set_version(few[::-1]) != version


def test_the_terms_that_the_dilemmas_name(few):
    assert licences(few) == ("CC-BY-4.0",)
    assert licences([few[2]]) == ()
    assert licences([replace(d, licence=t) for d, t in zip(few, "aba", strict=True)]) == ("a", "b")


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC-BY-4.0", "https://spdx.org/licenses/CC-BY-4.0.html"),
        ("cc0-1.0 ", "https://spdx.org/licenses/CC0-1.0.html"),
        ("mine", None),
        ("", None),
    ],
)
def test_only_a_licence_that_is_known_has_a_page(licence, url):
    assert licence_url(licence) == url


def test_citations():
    assert citation(Publication("Set"), "2.0.0+x") == "Set, version 2.0.0+x. Data set"
    whole = Publication("Set", "A. Person", "https://example.org", "2026-11-20")
    assert citation(whole, "1") == "A. Person (2026). Set, version 1. Data set. https://example.org"
