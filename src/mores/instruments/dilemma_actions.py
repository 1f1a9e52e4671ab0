"""The six actions of a dilemma: their ids, in scale order, and their keys in a record."""

from __future__ import annotations

__all__ = ["ACTIONS", "action_key"]

ACTIONS = ("a-strong", "a-moderate", "a-mild", "b-mild", "b-moderate", "b-strong")
"""The six actions in scale order: a aligned with the value, b opposed to it."""


def action_key(action: str) -> str:
    """The record's key of an action: ``"a-mild"`` is kept under ``"option_a_mild"``."""
    return f"option_{action.replace('-', '_')}"
