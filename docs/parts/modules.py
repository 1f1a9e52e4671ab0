"""The public modules."""

from __future__ import annotations

import importlib
import pkgutil

ROOMS = {
    "mores": "The functions that do what the command line does.",
    "mores.instruments": "What is asked: survey items, values, topics, scales, dilemmas.",
    "mores.populations": "The humans: survey files, distributions, the cultural map, a synthetic one.",
    "mores.personas": "Whom the model is asked to be.",
    "mores.prompts": "How it is asked.",
    "mores.models": "Who answers.",
    "mores.fieldwork": "The asking, and the store of answers.",
    "mores.coding": "From a reply to an outcome.",
    "mores.measures": "Numbers: arrays in, arrays out; uses nothing of the rest.",
    "mores.studies": "Study files, designs and tables.",
}
FOUNDATIONS = ("mores.workflow", "mores.errors", "mores.keys", "mores.records")


def api() -> str:
    """The public modules, each with its page."""
    parts = []
    for room, about in ROOMS.items():
        modules = list(FOUNDATIONS) if room == "mores" else modules_of(room)
        listed = "\n".join(f"   {name}" for name in modules)
        parts.append(
            f"## `{room}`\n\n{about}\n\n```{{eval-rst}}\n.. autosummary::\n   :toctree: generated\n"
            f"   :template: module.rst\n\n{listed}\n```"
        )
    return "\n\n".join(parts)


def modules_of(room: str) -> list[str]:
    """The modules of a room that name what they offer."""
    package = importlib.import_module(room)
    names = [m.name for m in pkgutil.walk_packages(package.__path__, f"{room}.") if not m.ispkg]
    return [n for n in sorted(names) if getattr(importlib.import_module(n), "__all__", None)]


PARTS = (api,)
