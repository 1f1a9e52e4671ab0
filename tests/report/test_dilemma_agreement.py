import numpy as np
import pytest

from mores.report.dilemma_agreement import EVERYONE, MOST, review_results, review_table
from mores.studies.dilemma_quality.agreement import JudgementArrays

RIGHT, TURNED = [1, 2, 3, 4, 5, 6], [4, 2, 3, 4, 5, 6]
NAN = float("nan")


@pytest.fixture
def results():
    places = np.array([[RIGHT, RIGHT, TURNED], [TURNED, RIGHT, [NAN] * 6], [[NAN] * 6] * 3])
    checks = np.full((3, 3, 4), NAN)
    checks[0] = [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 0]]
    checks[1, :2] = [[1, 1, 1, 1], [0, 1, 1, 1]]
    return review_results(JudgementArrays(("d1", "d2", "d3"), ("A", "=B", "C"), places, checks))


def test_results_of_each_of_all_and_of_most(results):
    found = dict(results.recovered)
    assert [(who, one.read, one.orders) for who, one in found.items()] == [
        ("A", 2, 1), ("=B", 2, 2), ("C", 1, 0), (EVERYONE, 5, 3),
    ]  # fmt: skip
    assert results.orders_by_most == (1, 2)  # two of three, and one of two: a tie
    most = dict(results.checked)[MOST]
    assert (most.checked, most.all_four) == (2, 0)
    assert dict(most.passed)["correctness"] == 1
    assert dict(most.passed)["plausibility"] == 1
    # One action and one check are split in both; the places of d2 are farther apart.
    assert [one.id for one in results.disagreement] == ["d2", "d1"]


def test_the_table_holds_every_number(results):
    table = review_table(results)
    assert table.columns == ["topic", "who", "measure", "value", "low", "high", "n", "of"]

    def cell(topic, who, measure):
        (row,) = table.filter(topic=topic, who=who, measure=measure).rows(named=True)
        return row

    order = cell("recovered", "A", "order")
    assert (order["value"], order["n"], order["of"]) == (0.5, 2, "dilemmas")
    # Wilson's interval of 1 of 2
    assert order["low"] == pytest.approx(0.0945, abs=1e-4)
    assert cell("recovered", "A", "on their side")["value"] == pytest.approx(11 / 12)
    assert cell("recovered", EVERYONE, "order")["low"] is None
    assert cell("passed", MOST, "harmlessness")["value"] == 1
    assert cell("alpha", EVERYONE, "harmlessness")["value"] is None
    assert cell("equal pairs", EVERYONE, "side")["n"] == 12
    assert cell("disagreement", "d1", "actions on both sides")["value"] == 1
    assert not table["value"].is_nan().any()
