"""What was found, in sentences that claim no more than the tables hold."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any

from mores.report.calibrated_personas.context import ERROR, Rows, ends_of, known, mean_of
from mores.report.calibrated_personas.heat_figure import best_arms, is_sure
from mores.report.calibrated_personas.labels import (
    ALL_COUNTRIES,
    arm_style,
    baseline_title,
    country_title,
    indicator_title,
    safe,
)
from mores.report.calibrated_personas.question_figure import paired_questions
from mores.report.calibrated_personas.shapley_figure import indicator_means, shapley_rows
from mores.report.calibrated_personas.variance_figures import PAPER_ARMS, calibrated_rows
from mores.report.numbers import fixed, is_significant, number_of, p_equals, signed

if TYPE_CHECKING:
    from mores.report.calibrated_personas.context import Findings

__all__ = ["by_test", "findings", "overall_tests"]


def findings(found: Findings) -> list[str]:
    """A sentence a finding, with its interval or adjusted p value where there is one."""
    sentences = [
        _errors(found),
        _differences(found),
        _countries(found),
        _questions(found),
        _beside(found),
        _diversity(found),
        _calibration(found),
        _importance(found),
    ]
    return [s for s in sentences if s] or [
        "No question has both a coded answer and an answer of the humans: nothing can be compared."
    ]


def _with_interval(row: Mapping[str, Any], column: str) -> str:
    ends = ends_of(row, column)
    inside = f" ({fixed(ends[0])} to {fixed(ends[1])})" if ends else ""
    return f"{fixed(known(row, column))}{inside}"


def _overall(found: Findings) -> list[tuple[str, dict[str, Any]]]:
    """Arms with their means over countries, the least error first."""
    rows = [
        (arm, row)
        for (arm, country), row in found.model.mae.items()
        if country == ALL_COUNTRIES and known(row, "mae") is not None
    ]
    return sorted(rows, key=lambda pair: pair[1]["mae"])


def _errors(found: Findings) -> str:
    ranked = _overall(found)
    if not ranked:
        return ""
    said = [f"{arm_style(arm).title} {_with_interval(row, 'mae')}" for arm, row in ranked]
    n = number_of(len(found.model.countries), "country", "countries")
    over = {ends[2] for _, row in ranked if (ends := ends_of(row, "mae"))}
    inside = (
        f" In brackets: {found.level} intervals over {' or '.join(sorted(over))}." if over else ""
    )
    return (
        f"Mean absolute error of the predicted means, as a share of the scale's range, over {n}: "
        f"{'; '.join(said)}.{inside}"
    )


def overall_tests(found: Findings, arms: tuple[str, str]) -> Rows:
    """Tests of two arms' errors over all countries, those over questions first."""
    rows = []
    for row in found.model.rows("tests", measure=ERROR):
        pair = (row["arm_a"], row["arm_b"])
        stands = all(
            found.model.reference.get(row[f"arm_{s}"])
            == (row.get(f"guidance_{s}") or "", row.get(f"descriptors_{s}") or "")
            for s in "ab"
        )
        if stands and set(pair) == set(arms) and row["country"] in (ALL_COUNTRIES, "", None):
            rows.append(row)
    # Cells of one question are alike, so that a test of all of them says more than it knows.
    return sorted(rows, key=lambda r: r.get("unit") != "question")


def by_test(rows: Rows, name: str) -> dict[str, Any] | None:
    """The first of some tests whose name holds a word."""
    return next((r for r in rows if name in r["test"].lower()), None)


def _differences(found: Findings) -> str:
    """The best arm against the country arm, or against the next best."""
    ranked = [arm for arm, _ in _overall(found)]
    if len(ranked) < 2:
        return ""
    best = ranked[0]
    against = "country" if "country" in ranked[1:] else ranked[1]
    tests = overall_tests(found, (best, against))
    row = by_test(tests, "wilcoxon") or by_test(tests, "sign") or next(iter(tests), None)
    if row is None:
        return ""
    difference, p = known(row, "difference"), known(row, "p_adjusted")
    if difference is None or p is None:
        return ""
    # Differences are of the first arm less the second.
    difference = difference if row["arm_a"] == best else -difference
    names = f"{arm_style(best).title} and {arm_style(against).title}"
    over = {"question": " questions", "cell": " questions in countries"}.get(
        row.get("unit") or "", ""
    )
    told = (
        f"difference {signed(difference)}, {safe(row['test']).capitalize()} over {row['n']:,}{over}, "
        f"adjusted {p_equals(p)}"
    )
    if is_significant(p):
        return f"The errors of {names} differ ({told})."
    return f"No significant difference of the errors of {names} was found ({told})."


def _countries(found: Findings) -> str:
    best = {c: a for c, a in best_arms(found.model).items() if c != ALL_COUNTRIES}
    if not best or len(found.model.arms) < 2:
        return ""
    counts = sorted(
        ((sum(a == arm for a in best.values()), arm) for arm in set(best.values())),
        key=lambda pair: (-pair[0], pair[1]),
    )
    sure = sum(is_sure(found.model, c, a) for c, a in best.items())
    said = "; ".join(f"{arm_style(arm).title} in {n}" for n, arm in counts)
    return (
        f"Country by country the least error is that of {said}, of "
        f"{number_of(len(best), 'country', 'countries')}; the lead over every other arm is "
        f"significant in {sure}."
    )


def _questions(found: Findings) -> str:
    pair = paired_questions(found.model)
    if pair is None:
        return ""
    return (
        f"Question by question, {arm_style(pair.across).title} is nearer to the {found.humans} than "
        f"{arm_style(pair.up).title} in {pair.above} of {number_of(len(pair.errors), 'question')}."
    )


def _beside(found: Findings) -> str:
    rows = [
        r
        for r in found.model.baselines("errors_by_country", country=ALL_COUNTRIES)
        if known(r, "mae") is not None
    ]
    if not rows:
        return ""
    rows.sort(key=lambda r: r["mae"])
    said = "; ".join(f"{baseline_title(r['arm']).lower()} {_with_interval(r, 'mae')}" for r in rows)
    return f"For comparison, the errors of what asks no model: {said}."


def _few(found: Findings) -> list[str]:
    """The arms that a sentence names: the paper's two, or the best and the worst."""
    few = [arm for arm in found.model.arms if arm in PAPER_ARMS]
    ranked = [arm for arm, _ in _overall(found)] or found.model.arms
    return few if len(few) == len(PAPER_ARMS) else list(dict.fromkeys([*ranked[:1], *ranked[-1:]]))


def _diversity(found: Findings) -> str:
    rows = found.model.main("errors")
    pairs = {(r["country"], r["question"]): known(r, "variance_human") for r in rows}
    human = [v for v in pairs.values() if v is not None]
    said = []
    for arm in _few(found):
        own = [r for r in rows if r["arm"] == arm]
        whole = [v for r in own if (v := known(r, "variance_mixture")) is not None]
        within = [v for r in own if (v := known(r, "variance_within")) is not None]
        if whole:
            inside = f", {fixed(median(within))} within a persona" if within else ""
            said.append(f"{arm_style(arm).title} {fixed(median(whole))}{inside}")
    if not said or not human:
        return ""
    return (
        f"Median normalised variance of the {found.humans} is {fixed(median(human))}; of the model: "
        f"{'; '.join(said)}."
    )


def _calibration(found: Findings) -> str:
    said = []
    for arm in _few(found):
        rows = calibrated_rows(found.model, arm)
        before = mean_of([known(r, "wasserstein_before") for r in rows])
        after = mean_of([known(r, "wasserstein_after") for r in rows])
        temperatures = [t for r in rows if (t := known(r, "temperature")) is not None]
        if before is None or after is None or not temperatures:
            continue
        said.append(
            f"{arm_style(arm).title} from {fixed(before)} to {fixed(after)} "
            f"(T {fixed(min(temperatures), 2)} to {fixed(max(temperatures), 2)})"
        )
    if not said:
        return ""
    return (
        "Calibrated at a temperature that fits the other questions, the mean Wasserstein distance of "
        f"questions that were held out goes, for {'; for '.join(said)}."
    )


def _importance(found: Findings) -> str:
    means = indicator_means(shapley_rows(found.basis))
    if not means:
        return ""
    rows = shapley_rows(found.basis)
    first, last = means[0], means[-1]
    helpful = sum(mean < 0 for _, mean in means)
    n = number_of(len({r["country"] for r in rows} - {ALL_COUNTRIES}), "country", "countries")
    text = (
        f"Of {number_of(len(means), 'indicator')}, {helpful} lower the error on average over {n}; "
        f"the most helpful is {indicator_title(first[0]).lower()} "
        f"({signed(1000 * first[1], 1)} thousandths of the range), the least "
        f"{indicator_title(last[0]).lower()} ({signed(1000 * last[1], 1)})"
    )
    most = max(rows, key=lambda r: abs(known(r, "value") or 0.0))
    where = country_title(most["country"])
    error = known(most, "standard_error")
    sure = f", standard error {1000 * error:.1f}" if error else ""
    return (
        f"{text}; the largest single value is {indicator_title(most['indicator']).lower()} in {where} "
        f"({signed(1000 * (known(most, 'value') or 0.0), 1)}{sure})."
    )
