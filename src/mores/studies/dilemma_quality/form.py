"""Checks of each text by itself: lengths, persons, spelling, names of brands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from mores.coding.dilemma_form import FAULTS, form_faults
from mores.instruments.dilemmas import Dilemma
from mores.studies.dilemma_quality.results import CheckResult, Finding
from mores.studies.dilemma_quality.word_lists import word_lists

__all__ = ["form_checks", "spellings"]

_FORM_CODES = (
    "scenario-length", "action-length", "uneven", "person", "own-name", "other-language",
)  # fmt: skip


def form_checks(dilemmas: Sequence[Dilemma]) -> list[CheckResult]:
    """The form of each text, one result a rule.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    """
    found = [(d.id, fault) for d in dilemmas for fault in form_faults(d)]
    results = [
        _none(
            FAULTS[code].replace("a situation", "a scenario"),
            [Finding(name, fault.told) for name, fault in found if fault.code == code],
            len(dilemmas),
        )
        for code in _FORM_CODES
    ]
    return [*results, _no_brands(dilemmas), _one_spelling(dilemmas), _rationales(dilemmas)]


def _none(name: str, findings: list[Finding], n: int) -> CheckResult:
    """A result that passes where nothing was found."""
    count = len({finding.where for finding in findings})
    return CheckResult(
        "form", name, float(count), "dilemmas", "0", not findings, n, "dilemmas", tuple(findings)
    )


def _texts(dilemma: Dilemma) -> str:
    return "\n".join((dilemma.scenario_text, *dilemma.action_texts))


def _no_brands(dilemmas: Sequence[Dilemma]) -> CheckResult:
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, word_lists().brands))})\b")
    findings = [
        Finding(d.id, f"names {', '.join(sorted(set(named)))}")
        for d in dilemmas
        if (named := names.findall(_texts(d)))
    ]
    return _none("a well-known brand or party is named", findings, len(dilemmas))


def spellings(text: str) -> Mapping[str, frozenset[str]]:
    """The words of a text whose spelling is British alone, and those that are American alone.

    Parameters
    ----------
    text : str

    Returns
    -------
    mapping of str to frozenset of str
        Under ``"British"`` and ``"American"``, in lower case. Words that are spelled alike on both
        sides are in neither.
    """
    words = set(re.findall(r"[a-z]+", text.casefold()))
    return MappingProxyType(
        {
            "British": frozenset(words & set(word_lists().british)),
            "American": frozenset(words & set(word_lists().american)),
        }
    )


def _one_spelling(dilemmas: Sequence[Dilemma]) -> CheckResult:
    """The set is in the spelling that most of its telling words have; the others are findings."""
    found = {
        d.id: spellings(
            "\n".join((_texts(d), d.scenario_reasoning, *(a.reasoning for a in d.actions)))
        )
        for d in dilemmas
    }
    counts = {
        side: sum(len(words[side]) for words in found.values()) for side in ("British", "American")
    }
    minor, major = sorted(counts, key=counts.__getitem__)
    findings = [
        Finding(name, f"{minor} spelling: {', '.join(sorted(words[minor]))}")
        for name, words in found.items()
        if words[minor]
    ]
    result = _none("spelling that is not the rest's", findings, len(dilemmas))
    note = f"{counts['British']} British and {counts['American']} American words; {major} taken as meant"
    return replace(result, note=note)


def _rationales(dilemmas: Sequence[Dilemma]) -> CheckResult:
    findings = []
    for d in dilemmas:
        lacking = [a.id for a in d.actions if not a.reasoning.strip()]
        if lacking:
            findings.append(Finding(d.id, f"no rationale of {', '.join(lacking)}"))
        elif not d.scenario_reasoning.strip():
            findings.append(Finding(d.id, "no reasoning on the scenario"))
    return _none("a rationale is missing", findings, len(dilemmas))
