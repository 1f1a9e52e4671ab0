"""Text that shows what it holds: what cannot be seen, or would turn a line around, as an escape.

Replies are written by a model, and labels by whoever wrote the study: both may hold control
characters, direction overrides, zero-width characters and half surrogates.
"""

from __future__ import annotations

__all__ = ["clipped", "label_text", "visible"]

# No-break and ideographic spaces are plain writing; the rest looks like nothing at all.
_SPACES = "\u00a0\u202f\u2009\u3000"
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"


def visible(text: str, breaks: bool = True) -> str:
    r"""Replace what cannot be seen by its escape.

    Parameters
    ----------
    text : str
        Any text, lone surrogates included.
    breaks : bool
        Leave line breaks and tabs as they are; else they too become ``\n`` and ``\t``.

    Returns
    -------
    str
        Valid Unicode in which every character is printable (or a line break or tab).
        Text without such characters is returned unchanged, backslashes included.

    Examples
    --------
    >>> visible("a\u202eb")
    'a\\u202eb'
    """
    if text.isprintable() and not any(c in text for c in _UNSEEN):
        return text
    kept = _SPACES + "\n\t" if breaks else _SPACES
    return "".join(
        c if (c.isprintable() and c not in _UNSEEN) or c in kept else _escape(c) for c in text
    )


def _escape(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named is not None:
        return named
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def clipped(text: str, longest: int) -> str:
    """At most so many characters of a text, made visible, and how many were left out.

    Parameters
    ----------
    text : str
        May be very long; what is left out is not looked at.
    longest : int
        Most characters to keep.
    """
    if len(text) <= longest:
        return visible(text)
    return f"{visible(text[:longest])} … ({len(text) - longest:,} more characters)"


def label_text(text: object, longest: int) -> str:
    """A text as a label: one line, nothing unseen, not too long."""
    shown = visible(str(text), breaks=False)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
