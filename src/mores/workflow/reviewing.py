"""People's judgements of dilemmas: the page to make them on, what the files hold, and merging them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from mores.errors import InstrumentError
from mores.instruments.dilemma_checks import CHECKS, BlindReading, Check, Validation
from mores.instruments.dilemmas import Dilemma, dilemma_json
from mores.instruments.judgements import (
    HumanJudgement,
    Judgements,
    read_judgements,
    set_fingerprint,
)
from mores.instruments.labels import slug
from mores.instruments.texts import MAX_CHARACTERS
from mores.instruments.validation import shown
from mores.keys import digest

__all__ = [
    "READER",
    "Gathered",
    "Merged",
    "chosen_dilemmas",
    "dilemma_lines",
    "gather_judgements",
    "merged_dilemmas",
]

READER = "human reviewer"
"""What stands before a reviewer's name in a record."""

_ALL = "all"


@dataclass(slots=True)
class Gathered:
    """Judgements that can be used, and what was left out.

    Attributes
    ----------
    reviews : dict of str to dict of str to HumanJudgement
        By reviewer, then by dilemma.
    notes : list of str
        What was left out, and why, a line each.
    """

    reviews: dict[str, dict[str, HumanJudgement]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Merged:
    """Dilemmas with human judgements in their records.

    Attributes
    ----------
    dilemmas : list of Dilemma
        All of the file, in its order.
    readings, checked : int
        Readings that were added, and dilemmas whose checks are now people's.
    repeated : int
        Readings that the file held already.
    unrecorded : list of str
        Dilemmas that were read, and have no record of checks beside which a reading could stand.
    """

    dilemmas: list[Dilemma] = field(default_factory=list)
    readings: int = 0
    checked: int = 0
    repeated: int = 0
    unrecorded: list[str] = field(default_factory=list)


def chosen_dilemmas(
    dilemmas: Sequence[Dilemma],
    values: Sequence[str] = (_ALL,),
    topics: Sequence[str] = (_ALL,),
    sample: int | None = None,
    seed: int = 0,
) -> list[Dilemma]:
    """The dilemmas to judge, in an order derived from the seed.

    The order is the same for everybody, so that reviewers who stop early have dilemmas in common, and
    those of one value do not follow each other.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    values, topics : sequence of str
        Ids or names that occur among the dilemmas, or ``"all"``.
    sample : int, optional
        How many of those; a larger sample begins with the smaller one.
    seed : int

    Raises
    ------
    InstrumentError
        If a name does not occur, there are none, or fewer than the sample.
    """
    value_ids = _ids("value", values, {d.value: d.value_label for d in dilemmas})
    topic_ids = _ids("topic", topics, {d.topic: d.topic_label for d in dilemmas})
    found = [d for d in dilemmas if d.value in value_ids and d.topic in topic_ids]
    if not found:
        raise InstrumentError(
            "no dilemma of these values is of these topics; name others with --values and --topics"
        )
    if sample is not None and not 1 <= sample <= len(found):
        raise InstrumentError(
            f"sample = {sample}; allowed: 1 to {len(found)}, as many as there are to choose from"
        )
    found.sort(key=lambda d: digest(["review", seed, d.id]))
    return found[:sample]


def _ids(kind: str, names: Sequence[str], known: Mapping[str, str]) -> set[str]:
    by_name = {slug(label): name for name, label in known.items()}
    found: set[str] = set()
    for name in names:
        given = slug(name)
        if given == _ALL and _ALL not in known:
            found |= known.keys()
        elif name in known or given in known or given in by_name:
            found.add(name if name in known else given if given in known else by_name[given])
        else:
            near = get_close_matches(given, [*known, *by_name], n=1)
            meant = f"did you mean {near[0]!r}? " if near else ""
            raise InstrumentError(
                f"no dilemma of the file has the {kind} {shown(name)}; {meant}allowed: {_ALL}, "
                f"{', '.join(known)}"
            )
    return found


def gather_judgements(dilemmas: Sequence[Dilemma], paths: Sequence[Path]) -> Gathered:
    """What the files hold of these dilemmas.

    Judgements of dilemmas that are not in the set, or of a text that has changed since, are left out
    and counted. Files of one reviewer are put together if they judge different dilemmas.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    paths : sequence of Path
        As saved from pages.

    Raises
    ------
    InstrumentError
        If a file cannot be used, two judge the same dilemma under one name, or nothing is left.
    """
    texts = {d.id: d.text_digest for d in dilemmas}
    whole = set_fingerprint(dilemmas)
    gathered = Gathered()
    names: dict[str, str] = {}
    origin: dict[tuple[str, str], Path] = {}
    for path in paths:
        file = read_judgements(path)
        name = names.setdefault(file.same_reviewer, file.reviewer)
        usable = _usable(path, file, texts, whole, gathered.notes)
        for one in usable:
            before = origin.get((name, one.id))
            if before is not None:
                raise InstrumentError(
                    f"{path}: {shown(file.reviewer)} judges {one.id} in {before} too; give one of the "
                    "two files, or correct the reviewer's name if they are two people"
                )
            origin[name, one.id] = path
            gathered.reviews.setdefault(name, {})[one.id] = one
    if not gathered.reviews:
        told = "".join(f"\n  {note}" for note in gathered.notes)
        raise InstrumentError(f"the files hold no judgement that can be used{told}")
    return gathered


def _usable(
    path: Path, file: Judgements, texts: Mapping[str, str], whole: str, notes: list[str]
) -> list[HumanJudgement]:
    known = [one for one in file.judgements if one.id in texts]
    current = [one for one in known if one.text == texts[one.id]]
    read = [one for one in current if one.placed is not None]
    lost = (
        (len(file.judgements) - len(known), "of dilemmas that are not in the set"),
        (len(known) - len(current), "of texts that have changed since"),
        (len(current) - len(read), "whose reading was not closed"),
    )
    if file.set != whole and len(current) < len(file.judgements):
        notes.append(f"{path}: was made from another version of the set, or from another set")
    notes += [f"{path}: {n} left out {why}" for n, why in lost if n]
    unchecked = sum(not one.all_checked for one in read)
    if unchecked:
        notes.append(f"{path}: {unchecked} read and not checked; their readings count")
    if not file.judgements:
        notes.append(f"{path}: holds no judgement")
    return read


def merged_dilemmas(
    dilemmas: Sequence[Dilemma], reviews: Mapping[str, Mapping[str, HumanJudgement]]
) -> Merged:
    """The dilemmas with people's judgements in their records.

    A blind reading is added to those that are recorded. Where people made the four checks, theirs take
    the place of the recorded ones: a check is passed if more of them passed it than not, with their
    reasons joined.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    reviews : mapping of str to mapping of str to HumanJudgement
        As `gather_judgements` gives them.
    """
    merged = Merged()
    for dilemma in dilemmas:
        judged = {name: of[dilemma.id] for name, of in reviews.items() if dilemma.id in of}
        merged.dilemmas.append(_merge(dilemma, judged, merged))
    return merged


def _merge(dilemma: Dilemma, judged: Mapping[str, HumanJudgement], counts: Merged) -> Dilemma:
    checked = {name: one for name, one in judged.items() if one.all_checked}
    validation = dilemma.validation
    if checked:
        validation = _by_people(checked, validation)
        counts.checked += 1
    if validation is None:
        if judged:
            counts.unrecorded.append(dilemma.id)
        return dilemma
    readings = list(validation.blind_readings)
    for name, one in sorted(judged.items(), key=lambda item: (item[1].read or "", item[0])):
        if one.placed is None:
            continue
        reading = BlindReading(f"{READER} {name}", one.text, one.placed, _day(one.read))
        if reading in readings:
            counts.repeated += 1
        else:
            readings.append(reading)
            counts.readings += 1
    return replace(dilemma, validation=replace(validation, blind_readings=tuple(readings)))


def _by_people(checked: Mapping[str, HumanJudgement], before: Validation | None) -> Validation:
    correctness, harmlessness, sufficiency, plausibility = (
        _joined(check, checked) for check in CHECKS
    )
    last = _day(max(one.checked or "" for one in checked.values()))
    fresh = Validation(correctness, harmlessness, sufficiency, plausibility, human=True, date=last)
    if before is None:
        return fresh
    return replace(
        fresh,
        blind_readings=before.blind_readings,
        rewrites=before.rewrites,
        blind_summary=before.blind_summary,
    )


def _joined(check: str, checked: Mapping[str, HumanJudgement]) -> Check:
    """What most say of a check; a tie is not passed."""
    answers = {name: one.checks[check] for name, one in checked.items()}
    passed = sum(answer.passed for answer in answers.values())
    parts = [f"Passed by {passed} of {len(answers)} human reviewers."]
    parts += [f"{name}: {a.reason}" for name, a in answers.items() if a.reason]
    return Check(2 * passed > len(answers), "\n".join(parts)[:MAX_CHARACTERS])


def _day(moment: str | None) -> str | None:
    return None if moment is None else moment[:10]


def dilemma_lines(dilemmas: Sequence[Dilemma]) -> bytes:
    """A file of dilemmas, as bytes."""
    return "".join(f"{dilemma_json(d)}\n" for d in dilemmas).encode()
