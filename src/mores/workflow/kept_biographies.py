"""Biographies that a run's folder keeps: what its answers were given as does not change."""

from __future__ import annotations

from pathlib import Path

from mores.errors import StudyError

__all__ = ["BIOGRAPHIES", "check_kept"]

BIOGRAPHIES = "biographies.jsonl"
"""Name of the copy in a run's folder."""


def check_kept(content: bytes, folder: Path) -> None:
    """Refuse biographies that are told otherwise than those that a folder keeps.

    Others may be added, and read again; an answer that was given as a story stays with that story.

    Parameters
    ----------
    content : bytes
        Of the file that would be kept.
    folder : Path
        Of the run.

    Raises
    ------
    StudyError
        If an accepted biography of the folder has another text now, or is rejected.
    """
    if not (folder / BIOGRAPHIES).exists() or (folder / BIOGRAPHIES).read_bytes() == content:
        return
    from mores.personas.biography_files import parse_biographies, read_biographies

    now = {b.configuration: b for b in parse_biographies(content, BIOGRAPHIES).biographies}
    changed = [
        kept.configuration
        for kept in read_biographies(folder / BIOGRAPHIES).biographies
        if kept.status == "accepted"
        and (new := now.get(kept.configuration)) is not None
        and (new.status, new.text) != (kept.status, kept.text)
    ]
    if changed:
        raise StudyError(
            f"{folder} holds answers given as other biographies: that of configuration {changed[0]} "
            f"has changed, {len(changed):,} in all; name the file that the run began with, or choose "
            "another folder with --out"
        )
