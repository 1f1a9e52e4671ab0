"""What is planted in the simulated respondent comes back from the study."""

import numpy as np
import polars as pl
import pytest
from studies.calibrated_personas.asked_of_sim import TARGETS, answered, study_text

from mores.studies.calibrated_personas.calibrating import calibration
from mores.studies.calibrated_personas.diagnostics import position_effect
from mores.studies.calibrated_personas.errors import errors_by_country
from mores.studies.calibrated_personas.importance import shapley
from mores.studies.calibrated_personas.predicting import predictions
from mores.studies.calibrated_personas.tables import targets_answered

CLEAN = "refusal=0,malformed=0,position_bias=0"


def by_arm(study, answers):
    given = targets_answered(study, answers, "simulated")
    found = errors_by_country(predictions(given, study.observed, draws=200, seed=1))
    overall = found.filter(country="all")
    return dict(zip(overall["arm"], overall["mae"], strict=True))


@pytest.mark.parametrize(
    ("value", "sociodemographic", "country"), [(0.95, 0.6, 0.3), (0.2, 0.5, 0.9)]
)
def test_arms_come_out_in_the_order_of_their_steerability(
    tmp_path, value, sociodemographic, country
):
    model = (
        f"sim:steer_value={value},steer_sociodemographic={sociodemographic},"
        f"steer_country={country},survey_dispersion=1,{CLEAN}"
    )
    study, answers, _ = answered(study_text(), tmp_path, model)
    errors = by_arm(study, answers)
    planted = {
        "generic": 0.0,
        "country": country,
        "sociodemographic+nationality": sociodemographic,
        "value+nationality": value,
    }
    assert sorted(errors, key=errors.get, reverse=True) == sorted(planted, key=planted.get)


def test_a_model_that_ignores_personas_gains_nothing_from_them(tmp_path):
    model = f"sim:steer_value=0,steer_sociodemographic=0,steer_country=0,{CLEAN}"
    errors = by_arm(*answered(study_text(), tmp_path, model)[:2])
    np.testing.assert_allclose(list(errors.values()), errors["generic"], rtol=1e-5)


def calibrated(folder, dispersion):
    text = study_text(arms=("value+nationality",), personas=60)
    model = f"sim:steer_value=1,survey_dispersion={dispersion},{CLEAN}"
    study, answers, _ = answered(text, folder, model)
    found = calibration(
        targets_answered(study, answers, "simulated"), study.observed, methods=("tilting",)
    )
    return found.calibration


def test_calibration_recovers_the_planted_dispersion_out_of_sample(tmp_path):
    """The less diverse the simulated answers, the higher the temperature, up to human diversity."""
    found = {}
    for dispersion in (0.3, 0.6, 1.0):
        folder = tmp_path / str(dispersion)
        folder.mkdir()
        found[dispersion] = calibrated(folder, dispersion)
    temperature = {d: table["temperature"].median() for d, table in found.items()}
    assert temperature[0.3] > temperature[0.6] > temperature[1.0] * 1.2
    for dispersion in (0.3, 0.6):
        table = found[dispersion]
        before = (table["variance_before"] - table["variance_human"]).abs().mean()
        after = (table["variance_after"] - table["variance_human"]).abs().mean()
        assert after < 0.7 * before
        assert table["wasserstein_after"].mean() < table["wasserstein_before"].mean()
        assert table["mean_shift"].abs().max() < 1e-6


def test_shapley_values_say_which_descriptors_are_heeded(tmp_path):
    heeded = ("F063", "F118")
    text = study_text(
        arms=("value",),
        countries=("GHA", "SWE"),
        items=("Q6", "Q64", "Q171", "Q185", "Q211", "Q28"),
        personas=12,
        more='[importance]\nmethod = "sampled"\narm = "value"\npermutations = 8\npersonas = 12\n',
    )
    model = f"sim:heeds={'+'.join(heeded)},steer_value=1,survey_dispersion=1,{CLEAN}"
    study, answers, _ = answered(text, tmp_path, model)
    given = targets_answered(study, answers, "simulated")
    found = shapley(given, study.observed, exact=False, permutations=8, seed=7)
    overall = found.filter(country="all").sort("value")
    assert set(overall["indicator"][:2]) == set(heeded)
    assert (overall["value"][:2] < 0).all()
    rest = overall["value"][2:].abs().max()
    assert overall["value"][:2].abs().min() > 3 * rest
    one = found.filter(country="all")
    assert one["value"].sum() == pytest.approx(one["value_all"][0] - one["value_none"][0])


def test_the_order_in_which_options_are_shown_is_undone(tmp_path):
    """A respondent drawn to what stands first answers lower in one order, and not over all orders."""
    items = ("Q1", "Q28", "Q199")  # every step of their scales has a name
    quiet = "survey_dispersion=3,refusal=0,malformed=0"
    mean = {}
    for orders in ("fixed", "cyclic", "latin-square", "both"):
        for bias in (0, 1.5):
            folder = tmp_path / f"{orders}-{bias}"
            folder.mkdir()
            text = study_text(arms=("value",), items=items, orders=orders, personas=40)
            model = f"sim:{quiet},position_bias={bias}"
            study, answers, _ = answered(text, folder, model)
            given = targets_answered(study, answers, "simulated")
            mean[orders, bias] = float(np.mean(given.shares @ np.arange(1, 5)))
            effect = position_effect(answers, "simulated", draws=100)
            if orders == "fixed":
                assert effect.is_empty()
            else:  # also of a Latin square, of which a persona sees one row
                first = effect.filter(place=0)["difference"].mean()
                assert first > 0.15 if bias else abs(first) < 0.02
    assert mean["cyclic", 0] == pytest.approx(mean["fixed", 0], abs=1e-5)
    assert mean["latin-square", 0] == pytest.approx(mean["fixed", 0], abs=1e-5)
    drawn = abs(mean["fixed", 1.5] - mean["fixed", 0])
    assert drawn > 0.2
    for orders in ("cyclic", "latin-square", "both"):
        assert abs(mean[orders, 1.5] - mean[orders, 0]) < 0.25 * drawn


def test_stopping_by_precision_saves_what_it_says(tmp_path):
    text = study_text(
        arms=("value+nationality",),
        personas=200,
        more="[precision]\nwidth = 0.05\nfirst = 10\nstep = 10\n",
    )
    study, answers, asked = answered(text, tmp_path)
    assert asked.precision["reached"] <= 0.05
    assert asked.precision["personas"] < 200 == asked.precision["of"]
    assert study.file.sample == asked.precision["personas"]
    assert asked.precision["saved_requests"] > 0
    assert answers.height == study.design(resolve_sim()).selected
    # asked again, it stops at the same place and asks nothing
    _, _, again = answered(text, tmp_path)
    assert again.precision == asked.precision
    assert again.tally.requests == 0


def resolve_sim():
    from mores.models.registry import resolve

    return resolve("sim")


def test_text_answers_give_the_same_population_as_probabilities(tmp_path):
    folders = [tmp_path / "p", tmp_path / "t"]
    for folder in folders:
        folder.mkdir()
    plain = study_text(arms=("country",), items=TARGETS[:4], countries=("JPN", "GHA"))
    in_text = plain.replace("text_share = 0.0", 'elicitation = "text"\nrepeats = 100')
    exact = targets_answered(*answered(plain, folders[0])[:2], "sim")
    drawn = targets_answered(*answered(in_text, folders[1])[:2], "sim")
    assert np.nanmax(np.abs(exact.shares - drawn.shares)) < 0.2
    assert np.nanmean(np.abs(exact.shares - drawn.shares)) < 0.03
    assert np.isnan(drawn.allowed).all()
    assert isinstance(answered(in_text, folders[1])[1], pl.DataFrame)
