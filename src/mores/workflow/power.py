"""Planning a sample: how often a study of a given size finds a planted difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mores.errors import InputError, ModelError, StudyError
from mores.studies.registry import load
from mores.workflow.folder import write_file

if TYPE_CHECKING:
    import polars as pl

    from mores.models.sim import SimulatedModel

__all__ = ["power"]


def power(
    study: str,
    model: str = "sim",
    *,
    dilemmas: Iterable[int] | None = None,
    repeats: Iterable[int] | None = None,
    runs: int = 40,
    seed: int | None = None,
    out: Path | str | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Simulate a study many times and count how often it finds the difference that is planted.

    Parameters
    ----------
    study : str
        A preset's name, or the path of a study file. What it says of ``sample`` only bears on which
        numbers of dilemmas are tried if `dilemmas` is left out.
    model : str
        ``sim`` or ``sim:NAME=VALUE,…``: its parameters set the difference.
    dilemmas : iterable of int, optional
        Numbers of dilemmas; a quarter, a half and all that the study asks if left out.
    repeats : iterable of int, optional
        How often each question is asked; the study's own number if left out.
    runs : int
        How often each design is simulated; the standard error of a share is at most
        ``0.5 / sqrt(runs)``.
    seed : int, optional
        Seeds everything; the study's own if left out.
    out : path, optional
        A CSV file to write the table to; replaced if it exists.
    watch : callable, optional
        Called with the runs done and planned after every run.

    Returns
    -------
    polars.DataFrame
        The columns are those of `mores.studies.value_action.power.power_table`.

    Raises
    ------
    ModelError
        If the model is not simulated.
    InputError
        If a number is out of range, or the file cannot be written.
    """
    respondent = _simulated(model)
    bound = load(study)

    from mores.studies.value_action.power import power_plan, power_table
    from mores.studies.value_action.protocol import ValueActionStudy

    if not isinstance(bound, ValueActionStudy):
        raise StudyError(
            f"power is known for value–action studies only, and this is {bound.file.study}; give one"
        )
    if seed is not None and not 0 <= seed < 2**53:
        raise InputError(f"seed = {seed}; allowed: 0 … {2**53 - 1}; give another")
    plan = power_plan(bound, dilemmas, repeats, runs, seed)
    if out is not None:
        _check_place(Path(out))
    table = power_table(bound, respondent, plan, watch)
    if out is not None:
        write_file(Path(out), table.write_csv())
    return table


def _simulated(spec: str) -> SimulatedModel:
    from mores.models.sim import SimulatedModel

    name = spec.strip()
    if name != "sim" and not name.startswith("sim:"):
        raise ModelError(
            f"{name!r} is not simulated, so its true effect is unknown and power cannot be counted; "
            "give sim, or sim:NAME=VALUE,… with an effect like the one that you expect of your model"
        )
    return SimulatedModel.from_spec(name)


def _check_place(path: Path) -> None:
    """Before minutes are spent on what could not be kept."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the path of a CSV file")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}; make it, or choose another place")
