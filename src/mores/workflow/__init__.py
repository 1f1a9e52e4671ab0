"""What the command line does with studies, as functions."""

from mores.workflow.describing import describe
from mores.workflow.exporting import export
from mores.workflow.mapping import draw_map
from mores.workflow.merging import merge
from mores.workflow.power import power
from mores.workflow.reading import Run, compare, open_run, report
from mores.workflow.running import Plan, plan, run
from mores.workflow.state import status

__all__ = [
    "Plan",
    "Run",
    "compare",
    "describe",
    "draw_map",
    "export",
    "merge",
    "open_run",
    "plan",
    "power",
    "report",
    "run",
    "status",
]
