"""What is wrong with a value from outside, in words that lead to the remedy.

Pydantic finds the faults; this module says them: where, what was found, what is allowed. Faults in
one's own data file and in a user's are told in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from reprlib import Repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["MAX_PROBLEMS", "listed_problems", "problems_of", "shown"]

MAX_PROBLEMS = 10
"""How many problems of one file are told at once."""

_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 60

# Types of fault for which there is a plainer word than pydantic's own.
_WANTED = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table of keys and values",
    "model_attributes_type": "must be a table of keys and values",
    "dataclass_type": "must be a table of keys and values",
}


def shown(value: object) -> str:
    """The value as it is quoted in a message: at most some 60 characters, however deep it nests."""
    return _repr.repr(value)


def problems_of(error: ValidationError, known: Iterable[str] = ()) -> list[str]:
    """Every fault that a validation found, one line each.

    Parameters
    ----------
    error : pydantic.ValidationError
        What the validation raised.
    known : iterable of str, optional
        The keys that the outermost table may have, to suggest one for an unknown key.

    Returns
    -------
    list of str
        ``"place: what is wrong"`` for each fault, in the order found.
    """
    words = list(known)
    return [_problem(fault, words) for fault in error.errors(include_url=False)]


def listed_problems(heading: str, problems: Sequence[str], remedy: str) -> str:
    """One message from many problems: the heading, the first ten of them, the remedy.

    Parameters
    ----------
    heading : str
        What is faulty, such as a file's name.
    problems : sequence of str
        One or more problems.
    remedy : str
        What to do about them.

    Returns
    -------
    str
        One line for a single problem, else a list with a count of those left out.
    """
    if len(problems) == 1:
        return f"{heading}: {problems[0]}; {remedy}"
    lines = [f"{heading}: {len(problems)} problems; {remedy}"]
    lines += [f"  {problem}" for problem in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"  and {len(problems) - MAX_PROBLEMS} more")
    return "\n".join(lines)


def _problem(fault: Any, known: list[str]) -> str:
    where = _place(fault["loc"])
    kind, found = fault["type"], shown(fault["input"])
    prefix = f"{where}: " if where else ""
    if kind == "missing":
        return f"{prefix}is missing"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return (
            f"{prefix}is not a known key{_suggestion(str(fault['loc'][-1]), fault['loc'], known)}"
        )
    if kind in _WANTED:
        return f"{prefix}{_WANTED[kind]}, not {found}"
    if kind == "string_unicode":
        return f"{prefix}holds half of a surrogate pair, which no text file can store"
    if kind == "literal_error":
        return f"{prefix}is {found}; allowed: {fault['ctx']['expected']}"
    return (
        f"{prefix}{fault['msg']}, not {found}"
        if "should" in fault["msg"]
        else (f"{prefix}{fault['msg']}")
    )


def _suggestion(key: str, place: tuple[int | str, ...], known: list[str]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.75) if len(place) == 1 else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _place(parts: tuple[int | str, ...]) -> str:
    text = ""
    for part in parts:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
