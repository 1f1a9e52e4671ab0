"""What was found, in sentences that claim no more than the tables hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.grounded_personas.alignment_figure import PAPER_RANGE
from mores.report.grounded_personas.context import bracketed, ends_of, known, whole
from mores.report.grounded_personas.importance_figure import (
    GRID_FORM,
    sources_of,
    variance_of,
)
from mores.report.grounded_personas.labels import (
    CULTURAL,
    INVARIANT,
    form_style,
    foundation_title,
    level_title,
    safe,
    variable_title,
    weighting_title,
)
from mores.report.numbers import count, fixed, number_of, percent, signed

if TYPE_CHECKING:
    from mores.report.grounded_personas.context import Findings

__all__ = ["SATURATED", "findings"]

_CLEAR = 2.0
"""Ratio of variances from which the hypothesis is said to be in line with them."""

_FEW = 10.0
"""Effective number of personas below which weighted means are not compared."""

_BIOGRAPHIES = 30
"""Biographies below which their composition is not compared with the humans'."""

SATURATED = {"towards": 0.24, "pull": 0.04}
"""Of the simulated respondent, who collapses nowhere but whose answers saturate (2,000 random)."""


def findings(found: Findings) -> list[str]:
    """A sentence a finding, with its interval where there is one."""
    sentences = [
        _positions(found),
        _movers(found),
        _alignment(found),
        _weighting(found),
        _forms(found),
        _foundations(found, GRID_FORM),
        *(_foundations(found, f) for f in sources_of(found.model) if f != GRID_FORM),
        _collapse(found),
        _diversity(found),
        _biographies(found),
    ]
    said = [s for s in sentences if s]
    return said or ["No battery has coded answers: nothing can be said."]


def _value(row: Mapping[str, Any], column: str, stem: str, digits: int = 3) -> str:
    return f"{fixed(known(row, column), digits)} {bracketed(row, stem, digits)}".strip()


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + list(names[-1:]))


def _told(form: str) -> str:
    return f"told as {form_style(form).title.lower()}"


def _positions(found: Findings) -> str:
    model = found.model
    said = []
    for form in model.forms:
        row = model.one("clouds", form=form, weighting="uniform")
        if known(row, "x") is not None:
            at = f"x {_value(row, 'x', 'x', 2)}, y {_value(row, 'y', 'y', 2)}"
            text = f"{_told(form)} (n {count(whole(row, 'n'))}) their mean is {at}"
            if known(row, "pc1_share") is not None:
                along = _value(row, "pc1_share", "pc1_share", 2)
                text += f", and the longer principal axis holds {along} of their variance"
            said.append(text)
    if not said:
        return ""
    alone = ""
    if model.alone is not None:
        x, y = model.alone
        alone = f" Without a persona the model stands at x {fixed(x, 2)}, y {fixed(y, 2)}."
    return f"On the map, {found.uniform}: {'; '.join(said)}.{alone}"


def _movers(found: Findings) -> str:
    """The variables that go with most of the variance on each axis, of the first form."""
    model = found.model
    if not model.forms:
        return ""
    form = next((f for f in model.forms if model.rows("positions", form=f)), model.forms[0])
    rows = model.rows("positions", form=form, weighting="uniform")
    said = []
    for axis, name in (("x", "survival to self-expression"), ("y", "traditional to secular")):
        first = {r["variable"]: r for r in rows if known(r, f"eta2_{axis}") is not None}
        if not first:
            continue
        top = max(first.values(), key=lambda r: r[f"eta2_{axis}"])
        share = _value(top, f"eta2_{axis}", f"eta2_{axis}", 2)
        own = [
            r for r in rows if r["variable"] == top["variable"] and known(r, f"d{axis}") is not None
        ]
        if not own:  # effects that cannot be told apart
            continue
        low, high = (f(own, key=lambda r: r[f"d{axis}"]) for f in (min, max))
        ends = [
            f"{level_title(r['variable'], r['level']).lower()} {signed(r[f'd{axis}'], 2)}"
            for r in (low, high)
        ]
        said.append(
            f"{variable_title(top['variable']).lower()} on {name} (η² {share}; {_listed(ends)})"
        )
    if not said:
        return ""
    return (
        f"The largest share of the variance of positions, {_told(form)}, goes with {_listed(said)}."
    )


def _alignment(found: Findings) -> str:
    model = found.model
    said = []
    for form in model.forms:
        rows = [
            r
            for r in model.rows("alignment_overall", form=form, weighting="uniform")
            if known(r, "alignment") is not None
        ]
        if not rows:
            continue
        every = next((r for r in rows if r["attribute"] == "everyone"), rows[0])
        text = f"{_told(form)} {_value(every, 'alignment', '')}"
        groups = [r for r in rows if r["attribute"] != "everyone"]
        if groups:
            values = [float(r["alignment"]) for r in groups]
            text += f" (weighted over groups, {fixed(min(values))} to {fixed(max(values))})"
        said.append(text)
    if not said:
        return ""
    row = model.one("alignment_overall", attribute="everyone", weighting="uniform")
    beside = (
        f"Uniform answers would have {fixed(known(row, 'uniform'))}, one half of the {found.humans} "
        f"with the other {fixed(known(row, 'split_half'))}; the paper reports {PAPER_RANGE[0]:.3f} to "
        f"{PAPER_RANGE[1]:.3f} of another model and real respondents."
    )
    return f"Alignment with the {found.humans}, uniform: {'; '.join(said)}. {beside}"


def _weighting(found: Findings) -> str:
    """Uniform against prevalence weighting, over everyone."""
    model, said = found.model, []
    for form in model.forms:
        pair = [
            model.one("alignment_overall", form=form, weighting=w, attribute="everyone")
            for w in ("uniform", "prevalence")
        ]
        ends = [ends_of(r) for r in pair]
        if ends[0] is None or ends[1] is None:
            continue
        apart = ends[0][0] > ends[1][1] or ends[1][0] > ends[0][1]
        verdict = "intervals apart" if apart else "intervals overlap"
        row = model.one(
            "alignment_by_group", form=form, weighting="prevalence", attribute="everyone"
        )
        effective = known(row, "n_effective")
        if effective is not None and effective < _FEW:
            verdict = f"an effective n of {fixed(effective, 1)}: too few personas carry the weight"
        values = " against ".join(_value(r, "alignment", "") for r in reversed(pair))
        said.append(f"{_told(form)} {values} ({verdict})")
    if not said:
        return ""
    return f"Weighted by prevalence against uniform, alignment with everyone is {'; '.join(said)}."


def _forms(found: Findings) -> str:
    """Whether what personas are told makes a difference, by positions."""
    model = found.model
    rows = {f: model.one("clouds", form=f, weighting="uniform") for f in model.forms}
    rows = {f: r for f, r in rows.items() if ends_of(r, "x") and ends_of(r, "y")}
    if len(rows) < 2:
        return ""
    first, *others = rows
    said = []
    for form in others:
        far = [
            axis
            for axis in "xy"
            if (a := ends_of(rows[first], axis)) and (b := ends_of(rows[form], axis))
            and (a[0] > b[1] or b[0] > a[1])
        ]  # fmt: skip
        verdict = f"on {_listed(far)} the intervals lie apart" if far else "the intervals overlap"
        said.append(f"{form_style(form).title.lower()}: {verdict}")
    return (
        f"Mean positions against those of {form_style(first).title.lower()}: {'; '.join(said)}."
        + " The simulated model knows no difference between them." * found.simulated
    )


def _foundations(found: Findings, form: str) -> str:
    """The paper's hypothesis beside the variances of one form, or of the inferred profiles."""
    model = found.model
    variances = {
        f: v for f in (*CULTURAL, *INVARIANT) if (v := variance_of(model, form, f)) is not None
    }
    if len(variances) < len(CULTURAL) + len(INVARIANT):
        return ""
    where = "inferred" if form == GRID_FORM else f"answered, {_told(form)}"
    least = min(CULTURAL, key=lambda f: variances[f])
    most = max(INVARIANT, key=lambda f: variances[f])
    low, high = variances[least] ** 0.5, variances[most] ** 0.5
    text = (
        f"Moral foundations, {where}: of {_listed(CULTURAL)} the least variable, "
        f"{foundation_title(least).lower()}, has a standard deviation of {fixed(low)} over personas; of "
        f"{_listed(INVARIANT)} the most variable, {foundation_title(most).lower()}, of {fixed(high)}"
    )
    if variances[least] > _CLEAR * variances[most]:
        verdict = (
            "the paper's hypothesis, that the former vary and the latter do not, fits the order"
        )
        verdict += "" if high == 0 else ", though the latter do vary"
    elif variances[least] > variances[most]:
        verdict = "the order is the hypothesis's, the difference is small"
    else:
        verdict = "the order is not that of the paper's hypothesis"
    return f"{text}: {verdict}."


def _collapse(found: Findings) -> str:
    """Slope, direction and pull together: none of them tells collapse from curvature alone."""
    model, said = found.model, []
    for form in model.forms:
        slope, towards, pull = (
            model.one("collapse", form=form, weighting="uniform", measure=m)
            for m in ("slope", "towards", "pull")
        )
        ends = ends_of(slope)
        if ends is None:
            continue
        verdict = (
            "the less congruous are displaced farther"
            if ends[1] < 0
            else "the less congruous are displaced less, which speaks against collapse"
            if ends[0] > 0
            else "no clear relation of displacement with congruence"
        )
        said.append(
            f"{_told(form)}, slope {_value(slope, 'value', '')} ({verdict}), towards "
            f"{_value(towards, 'value', '', 2)}, pull {_value(pull, 'value', '', 2)}"
        )
    if not said:
        return ""
    beside = ", ".join(f"{name} {fixed(value, 2)}" for name, value in SATURATED.items())
    return (
        f"Collapse of incongruous personas into congruous neighbours: {'; '.join(said)}. Positions that "
        "saturate towards the ends of the map give a direction and a pull as well: a model of answering "
        f"in which they do, and no collapse is planted, has {beside}. Values no larger than these are "
        "no evidence of collapse."
    )


def _diversity(found: Findings) -> str:
    model, said = found.model, []
    for form in model.forms:
        rows = {
            r["part"]: r
            for r in model.rows(
                "diversity",
                form=form,
                weighting="uniform",
                attribute="everyone",
                kind="variance",
            )
        }
        parts = [
            f"{part} {_value(rows[part], 'ratio', '', 2)}"
            for part in ("within", "between", "total")
            if known(rows.get(part, {}), "ratio") is not None
        ]
        if parts:
            said.append(f"{_told(form)}, {', '.join(parts)}")
    if not said:
        return ""
    return (
        f"Diversity of answers over that of the {found.humans} (variance, {weighting_title('uniform')})"
        f": {'; '.join(said)}."
    )


def _biographies(found: Findings) -> str:
    rows = found.model.rows("biography_checks")
    if not rows or known(rows[-1], "rate") is None:
        return ""
    row = rows[-1]
    low, high = (percent(known(row, c)) for c in ("low", "high"))
    text = (
        f"Of {number_of(whole(row, 'n') or 0, 'biography', 'biographies')} read again, "
        f"{percent(known(row, 'rate'))} [{low}, {high}] contradict their configuration in one variable "
        "or more"
    )
    apart = {
        r["attribute"]: r
        for r in found.model.rows("demographics")
        if known(r, "tv_low") is not None
        and known(r, "tv_chance") is not None
        and sum(
            whole(s, "n_biographies") or 0
            for s in found.model.rows("demographics", attribute=r["attribute"])
        )
        >= _BIOGRAPHIES
    }
    beyond = [a for a, r in apart.items() if r["tv_low"] > r["tv_chance"]]
    names = {
        "sex": "sex",
        "age_band": "age",
        "education_group": "education",
        "settlement": "settlement",
    }
    if apart:
        which = _listed([names.get(a, safe(a)) for a in beyond]) if beyond else "none"
        text += (
            f"; attributes whose distance from the {found.humans} has an interval above what chance "
            f"gives: {which}"
        )
    return f"{text}." + " They were written by a grammar." * found.made("biographies")
