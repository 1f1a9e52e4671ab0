"""Errors that a user can act on.

Every error names the value that is wrong, what is allowed, and the remedy. The command line prints
the message alone and ends with the exit code of the class; no traceback reaches a user. ::

    MoresError
    ├── InputError            exit 2   unusable input; nothing was written
    │   ├── StudyError                 a study file, or the options that resolve it
    │   ├── InstrumentError            values, topics, scales, dilemmas, survey items
    │   ├── PopulationError            survey files, data sets, weights, groups, map rotations
    │   ├── PersonaError               levels, indices, persona files
    │   ├── PromptError                templates
    │   └── StoreError                 an answer store that cannot be used as asked
    │       ├── StoreLockedError       another process is writing it
    │       └── StoreDamagedError      not a store, damaged, or of a newer version
    ├── ModelError            exit 2   the model cannot be used: name, key, address, capability
    └── FieldworkError        exit 3   asking had to stop; what was answered is stored

The measures, which stand alone, raise `ValueError`.

An error that nobody foresaw ends with exit code 1: a defect of this program, which the message says.
`KeyboardInterrupt` during a run ends with exit code 130 and a store that can be resumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "FieldworkError",
    "InputError",
    "InstrumentError",
    "ModelError",
    "MoresError",
    "PersonaError",
    "PopulationError",
    "PromptError",
    "StoreDamagedError",
    "StoreError",
    "StoreLockedError",
    "StudyError",
    "nearest",
]


class MoresError(Exception):
    """Base of all errors raised on purpose by this package."""

    exit_code = 2


class InputError(MoresError):
    """Unusable input; nothing was written."""


class StudyError(InputError):
    """A study file, or the options that resolve it, cannot be used."""


class InstrumentError(InputError):
    """Values, topics, scales or dilemmas cannot be used."""


class PopulationError(InputError):
    """Survey data cannot be imported, found, grouped, weighted or placed on the map."""


class PersonaError(InputError):
    """A persona's levels, index or file cannot be used."""


class PromptError(InputError):
    """A prompt template cannot be rendered."""


class StoreError(InputError):
    """An answer store cannot be used as asked; it is left as it was."""


class StoreLockedError(StoreError):
    """Another process is writing the store."""


class StoreDamagedError(StoreError):
    """The file is not an answer store, is damaged, or was written by a newer version."""


class ModelError(MoresError):
    """The model cannot be used: its name, key, address or capability."""


class FieldworkError(MoresError):
    """Asking had to stop; what was answered until then is stored."""

    exit_code = 3


def nearest(value: str, allowed: Iterable[str]) -> str:
    """The remedy part of a message about a word that is not one of a known set.

    Parameters
    ----------
    value : str
        What was given.
    allowed : iterable of str
        What could have been given.

    Returns
    -------
    str
        ``"did you mean 'x'? allowed: …"``, or only the second part if nothing is near.
    """
    words = list(allowed)
    listed = ", ".join(words)
    near = get_close_matches(value, words, n=1)
    return f"did you mean {near[0]!r}? allowed: {listed}" if near else f"allowed: {listed}"
