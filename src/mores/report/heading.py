"""The head of every study's page: banners, what was asked of whom, and how much was answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Fact
from mores.report.numbers import count, percent
from mores.report.visible import visible

if TYPE_CHECKING:
    from mores.studies.study import BoundStudy

__all__ = ["banners", "coverage_sentence", "day", "facts", "label_of", "shown_folder", "title_of"]

_STATES = {
    "budget": "the budget was spent",
    "interrupted": "it was interrupted",
    "asking": "asking had not ended, or ended without notice",
}


def label_of(manifest: Mapping[str, Any]) -> str:
    """The model's label, short and safe to show."""
    return visible(str(manifest["model"]["label"]), breaks=False)[:80]


def title_of(bound: BoundStudy, manifest: Mapping[str, Any]) -> str:
    """The study's title, or its name where it has none."""
    return bound.file.title or str(manifest["study"]).replace("-", " ").capitalize()


def day(moment: object) -> str:
    """An ISO moment as a date; what is no moment as it is."""
    try:
        found = datetime.fromisoformat(str(moment))
    except ValueError:
        return str(moment)
    zone = f" {found.tzname()}" if found.tzinfo else ""
    return f"{found.day} {found:%B %Y, %H:%M}{zone}"


def shown_folder(folder: Path) -> str:
    """A run's folder as commands should name it: as given, or its name if the path is absolute."""
    return folder.name or str(folder) if folder.is_absolute() else str(folder)


def banners(manifest: Mapping[str, Any]) -> list[str]:
    """What must not be overlooked, most important first; empty if there is nothing."""
    found = []
    if manifest["model"]["simulated"]:
        found.append(
            "Simulated model: the answers come from the built-in psychometric respondent with the "
            "parameters listed under Methods. No language model was asked, and nothing here is a "
            "finding about one."
        )
    synthetic = manifest.get("synthetic", [])
    if "humans" in synthetic:
        found.append(
            "Synthetic humans: where this page speaks of respondents, they were drawn from a model, "
            "and no human has given these answers. Repeat with --data NAME for an imported survey."
        )
    other = [str(s) for s in synthetic if s not in ("model", "humans")]
    if other:
        found.append(f"Synthetic input: {', '.join(other)}. It describes no real people.")
    done, planned = sum(manifest["counts"].values()), manifest["planned"]
    if done < planned:
        why = _STATES.get(manifest.get("state", ""), "asking ended early")
        found.append(
            f"Unfinished: {count(done)} of {count(planned)} requests have an answer ({why}). What "
            "follows rests on these; the same command goes on where it stopped."
        )
    return found


def facts(bound: BoundStudy, manifest: Mapping[str, Any]) -> list[Fact]:
    """What was asked of whom, when, and with which seed."""
    model = manifest["model"]
    kind = ", simulated" if model["simulated"] else ""
    asked = str(manifest.get("began", ""))
    until = str(manifest.get("ended", ""))
    when = day(asked) if not until else f"{day(asked)} to {day(until)}"
    rows = [
        Fact("Asked", " ".join(bound.summary())),
        Fact("Model", f"{label_of(manifest)} ({visible(str(model['spec']), False)}{kind})"),
        Fact("When", when),
        Fact("Seed", str(manifest["seed"])),
    ]
    if manifest.get("sample") is not None:
        rows.append(Fact("Sample", f"a seeded {count(manifest['sample'])} of what the study holds"))
    rows.append(Fact("Program", f"mores {manifest['mores']}"))
    return rows


def coverage_sentence(manifest: Mapping[str, Any]) -> str:
    """How the planned requests ended, every one of them."""
    counts, planned = manifest["counts"], manifest["planned"]
    left = max(0, planned - sum(counts.values()))

    def part(n: int, what: str) -> str:
        return f"{count(n)} {what} ({percent(n / planned if planned else None)})"

    asked = f"Of {count(planned)} planned requests, {part(planned - left, 'were asked')}: "
    ends = [
        part(counts["coded"], "coded"),
        part(counts["refused"], "refused"),
        part(counts["uncoded"], "could not be coded"),
        part(counts["failed"], "failed"),
    ]
    return f"{asked}{', '.join(ends)}. Measures rest on coded answers alone; nothing is imputed."
