from __future__ import annotations

from mores.report.dilemma_quality import results_table
from mores.studies.dilemma_quality.results import CheckResult, Finding

RESULTS = [
    CheckResult("form", "a rule", 2.0, "dilemmas", "0", False, 9, "dilemmas",
                (Finding("one", "=HYPERLINK(1)"), Finding("two", "long")), "a note"),
    CheckResult("coverage", "cells", 3.0, "", "", None, 616, "cells"),
]  # fmt: skip


def test_one_row_a_finding_and_one_for_none() -> None:
    table = results_table(RESULTS)
    assert table.columns == [
        "topic", "check", "value", "unit", "limit", "passed", "n", "of", "note", "where", "told",
    ]  # fmt: skip
    assert table["where"].to_list() == ["one", "two", None]
    assert table["passed"].to_list() == [False, False, None]
    assert results_table([]).height == 0
