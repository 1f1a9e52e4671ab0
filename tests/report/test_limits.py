"""Studies at the limits of what is allowed still get a report."""

from mores import workflow
from mores.report.value_action.compare import _stems
from mores.report.value_action.labels import groups_of

LABELS = ", ".join(f'"step {n}"' for n in range(20))
SCORES = ", ".join(str(round(1 - 2 * n / 19, 3)) for n in range(20))


def test_a_scale_of_twenty_labels_gets_a_report(tmp_path):
    study = tmp_path / "long.toml"
    study.write_text(
        'study = "value-action"\nsample = 2\n[personas]\ncategories = ["max"]\n'
        f"[scales]\nvalue_labels = [{LABELS}]\nvalue_scores = [{SCORES}]\n",
        encoding="utf-8",
    )
    done = workflow.run(str(study), "sim:dispersion=2", tmp_path / "out")
    assert (done.folder / "report.html").stat().st_size > 10_000
    assert done.answers["position"].max() == 20


def test_categories_that_come_to_one_name_keep_a_column_each():
    groups = groups_of([("a b", "explicit"), ("a_b", "explicit"), ("A-B", "explicit")])
    stems = _stems(groups, False)
    assert len(set(stems)) == 3
    assert stems[0] == "a_b"
