"""Elicit, simulate and audit cultural values in language models.

Studies are run, reported, compared and planned by functions, as by the command line ::

    import mores

    done = mores.run("value-action", model="sim", out="runs/first")
    print(done.tables["alignment_by_category"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.version import __version__

__all__ = [
    "Run",
    "__version__",
    "compare",
    "describe",
    "draw_map",
    "merge",
    "open_run",
    "plan",
    "power",
    "run",
    "status",
]

if TYPE_CHECKING:
    from mores.workflow import Run, compare, describe, draw_map, merge, open_run, plan, run, status
    from mores.workflow.power import power


def __getattr__(name: str) -> Any:
    if name in __all__:
        from mores import workflow

        return getattr(workflow, name)
    raise AttributeError(f"module 'mores' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
