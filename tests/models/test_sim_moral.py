"""The simulated respondent before questions about moral foundations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mores.coding.labels import code_label
from mores.coding.option_masses import code_masses
from mores.errors import ModelError
from mores.instruments.mfq2 import FOUNDATIONS, battery
from mores.keys import digest
from mores.measures.moral_foundations import (
    foundation_scores,
    inferred_grid,
    inferred_profiles,
    reliability,
)
from mores.measures.variance_decomposition import full_grid_decomposition, sample_decomposition
from mores.models.sim import SimulatedModel, SimulationParameters
from mores.models.sim_moral import as_survey, latent_answer, moral_truth
from mores.personas.grid import levels_of
from mores.personas.variables import variables
from mores.records import Message, MoralStimulus, Request, Sampling, Status

LABELS = ("1", "2", "3", "4", "5")
ORDER = (0, 1, 2, 3, 4)
ONE = MoralStimulus((0,) * 10, "purity", "mfq2-06", ORDER, LABELS)
PLAIN = SimulationParameters(position_bias=0, refusal=0, malformed=0, messy=0, item_sd=0)
BINDING = ("loyalty", "authority", "purity")


def request(stimulus: MoralStimulus, labels: tuple[str, ...] = LABELS, n: object = 0) -> Request:
    messages = (Message("user", "How well does this describe you?"),)
    key = digest([str(stimulus), n])
    return Request(key, messages, Sampling(), 0, stimulus=stimulus, labels=labels)


def probabilities(model: SimulatedModel, stimulus: MoralStimulus) -> tuple[float, ...]:
    reply = model.reply(request(stimulus))
    return code_masses(reply, len(stimulus.labels)).probabilities


def effects(scores, levels) -> np.ndarray:
    """Slope of each foundation on the position of each variable's levels, all others held."""
    truth = moral_truth()
    x = np.stack([np.array(truth.positions[v])[levels[:, v]] for v in range(10)], axis=1)
    x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    return np.linalg.lstsq(x, scores, rcond=None)[0][1:]


# --- what is planted -----------------------------------------------------------------------------


def test_the_binding_foundations_move_and_the_others_hardly():
    loadings = np.abs(moral_truth().loadings)
    for f, name in enumerate(FOUNDATIONS):
        total = loadings[:, f].sum()
        assert total > 0.8 if name in BINDING else total < 0.25


def test_the_matrix_has_a_row_for_each_level_and_stays_near_the_scale():
    truth = moral_truth()
    matrix = np.array(truth.matrix)
    assert matrix.shape == (32, 6)
    # religiosity, very important, at -1; purity: 2.9 + 4 * 0.5
    assert matrix[0, 5] == pytest.approx(4.9)
    assert ((matrix > 0.5) & (matrix < 5.5)).all()
    at = [position for positions in truth.positions for position in positions]
    assert len(at) == 32
    assert min(at) == -1
    assert max(at) == 1
    assert truth.positions[0] == tuple(level.y for level in variables()[0].levels)


# --- one answer ------------------------------------------------------------------------------------


def test_a_latent_answer_by_hand():
    p = replace(PLAIN, steer_value=0.5, item_sd=0.3)
    # all first levels but happiness stand at -1: purity has -1.3 in all, happiness 0
    assert latent_answer(p, ONE, 0) == pytest.approx(2.9 + 0.5 * 1.3)
    assert latent_answer(p, ONE, 1) == pytest.approx(2.9 + 0.5 * 1.3 + 0.3)
    alone = replace(ONE, levels=(3, *[-1] * 9), item="")
    assert latent_answer(p, alone, 1) == pytest.approx(2.9 - 4 * 0.5)
    assert latent_answer(p, replace(ONE, levels=()), 0) == 2.9


def test_it_answers_as_a_graded_response_with_thresholds_between_the_answers():
    from scipy.stats import norm

    p = replace(PLAIN, steer_value=0, survey_dispersion=0.8)
    found = probabilities(SimulatedModel(p), ONE)
    below = norm.cdf((np.array([1.5, 2.5, 3.5, 4.5]) - 2.9) / 0.8)
    np.testing.assert_allclose(found, np.diff([0, *below, 1]))


def test_an_order_moves_the_options_and_nothing_else():
    model = SimulatedModel(PLAIN)
    turned = replace(ONE, order=ORDER[::-1], labels=LABELS[::-1])
    np.testing.assert_allclose(probabilities(model, turned), probabilities(model, ONE)[::-1])
    biased = SimulatedModel(replace(PLAIN, position_bias=1))
    assert probabilities(biased, ONE)[0] > probabilities(model, ONE)[0]
    assert probabilities(biased, turned)[0] > probabilities(model, turned)[0]


def test_items_differ_in_easiness_and_keep_it():
    model = SimulatedModel(replace(PLAIN, item_sd=0.5))
    other = replace(ONE, item="mfq2-12")
    assert probabilities(model, ONE) != probabilities(model, other)
    assert probabilities(model, ONE) == probabilities(SimulatedModel(model.parameters), ONE)
    seeded = SimulatedModel(replace(model.parameters, seed=1))
    assert probabilities(seeded, ONE) != probabilities(model, ONE)


def test_text_is_written_as_in_surveys():
    model = SimulatedModel(SimulationParameters())
    replies = [model.reply(request(ONE, (), n)) for n in range(600)]
    assert replies == [model.reply(request(ONE, (), n)) for n in range(600)]
    coded = [code_label(r.text, labels=LABELS, options=LABELS) for r in replies]
    shares = np.bincount([c.option for c in coded if c.status is Status.CODED], minlength=5)
    expected = probabilities(model, ONE)
    np.testing.assert_allclose(shares / shares.sum(), expected, atol=0.08)
    assert {Status.UNCODED, Status.REFUSED} >= {c.status for c in coded} - {Status.CODED}
    assert 0.9 < sum(c.status is Status.CODED for c in coded) / 600 < 1


def test_words_are_written_where_options_have_texts():
    anchors = battery().anchors
    model = SimulatedModel(replace(PLAIN, hedge=0))
    reply = model.reply(request(replace(ONE, texts=anchors), ()))
    assert any(text in reply.text for text in (*anchors, *LABELS))
    survey = as_survey(PLAIN, replace(ONE, texts=anchors, language="fr"), 0)
    assert (survey.texts, survey.language, survey.labels) == (anchors, "fr", LABELS)


def test_a_damaged_file_of_loadings_is_told(monkeypatch):
    import mores.instruments.datafiles as datafiles

    read = datafiles.read_data
    moral_truth.cache_clear()
    monkeypatch.setattr(
        datafiles,
        "read_data",
        lambda *args: replace(read(*args), intercepts=(1.0,)),
    )
    with pytest.raises(ModelError, match=r"sim_moral\.toml"):
        moral_truth()
    monkeypatch.undo()
    assert len(moral_truth().intercepts) == 6


# --- the truth comes back ------------------------------------------------------------------------


def answered(n: int, parameters: SimulationParameters, seed: int, text: bool):
    """Configurations and MFQ-2 answers of n simulated personas."""
    model = SimulatedModel(parameters)
    index = np.random.default_rng(seed).choice(93_312, n, replace=False)
    levels = levels_of(index)
    answers = np.full((n, 36), np.nan)
    for row, own in enumerate(levels):
        known = tuple(own.tolist())
        for item in battery().items:
            stimulus = MoralStimulus(known, item.foundation, item.id, ORDER, LABELS)
            reply = model.reply(request(stimulus, () if text else LABELS, row))
            if text:
                coded = code_label(reply.text, labels=LABELS, options=LABELS)
                if coded.option is not None:
                    answers[row, item.position - 1] = coded.option + 1
            else:
                shares = np.exp(reply.masses.low)
                answers[row, item.position - 1] = shares @ np.arange(1, 6) / shares.sum()
    return levels, answers


@pytest.fixture(scope="module")
def two_thousand():
    parameters = SimulationParameters()
    return parameters, *answered(2_000, parameters, 0, text=False)


def test_loadings_come_back_from_the_answers(two_thousand):
    parameters, levels, answers = two_thousand
    planted = parameters.steer_value * np.array(moral_truth().loadings)
    found = effects(foundation_scores(answers), levels)
    np.testing.assert_allclose(found, planted, atol=0.03)
    for f, name in enumerate(FOUNDATIONS):
        if name in BINDING:
            large = np.flatnonzero(np.abs(planted[:, f]) > 0.08)
            by_size = np.argsort(-np.abs(planted[large, f]), kind="stable")
            np.testing.assert_array_equal(
                np.argsort(-np.abs(found[large, f]), kind="stable"), by_size
            )


def test_shares_of_variance_come_back_from_the_answers(two_thousand):
    _, levels, answers = two_thousand
    truth = moral_truth()
    own = np.array(
        [
            [np.var(truth.positions[v]) * truth.loadings[v][f] ** 2 for f in range(6)]
            for v in range(10)
        ]
    )
    found = sample_decomposition(foundation_scores(answers), levels)
    binding = [FOUNDATIONS.index(name) for name in BINDING]
    np.testing.assert_allclose(
        found.eta2[:, binding], (own / own.sum(axis=0))[:, binding], atol=0.05
    )
    np.testing.assert_array_equal(
        found.eta2[:, binding].argmax(axis=0), own[:, binding].argmax(axis=0)
    )
    flat = [f for f in range(6) if f not in binding]
    assert found.total[flat].max() < 0.1 * found.total[binding].min()
    assert (reliability(answers).alpha[binding] > 0.9).all()


def test_drawn_answers_in_text_give_the_same_with_more_noise():
    parameters = SimulationParameters()
    levels, answers = answered(400, parameters, 1, text=True)
    scores = foundation_scores(answers, least_answered=4)
    assert 0.005 < np.isnan(answers).mean() < 0.06
    planted = parameters.steer_value * np.array(moral_truth().loadings)
    kept = ~np.isnan(scores).any(axis=1)
    np.testing.assert_allclose(effects(scores[kept], levels[kept]), planted, atol=0.1)


def test_the_192_scores_give_back_the_planted_matrix_and_profiles():
    model = SimulatedModel(replace(PLAIN, survey_dispersion=0.6))
    matrix = np.full((32, 6), np.nan)
    row = 0
    for v, variable in enumerate(variables()):
        for level in range(len(variable.levels)):
            told = tuple(level if u == v else -1 for u in range(10))
            for f, name in enumerate(FOUNDATIONS):
                stimulus = MoralStimulus(told, name, "", ORDER, LABELS)
                matrix[row, f] = np.dot(probabilities(model, stimulus), range(1, 6))
            row += 1
    truth = np.array(moral_truth().matrix)
    inside = (truth > 1.8) & (truth < 4.2)
    np.testing.assert_allclose(matrix[inside], truth[inside], atol=0.06)
    found = full_grid_decomposition(inferred_grid(matrix))
    known = full_grid_decomposition(inferred_grid(truth))
    binding = [FOUNDATIONS.index(name) for name in BINDING]
    np.testing.assert_allclose(found.eta2[:, binding], known.eta2[:, binding], atol=0.05)
    # inferred and answered profiles of the same personas go together
    levels = levels_of(np.arange(0, 93_312, 997))
    inferred = inferred_profiles(matrix, levels)
    latent = [
        [latent_answer(PLAIN, MoralStimulus(tuple(own), f, "i", ORDER, LABELS), 0) for f in BINDING]
        for own in levels.tolist()
    ]
    for at, f in enumerate(binding):
        assert np.corrcoef(inferred[:, f], np.array(latent)[:, at])[0, 1] > 0.98


def test_the_identity_of_the_plain_respondent_does_not_change():
    assert "moral" not in str(SimulatedModel(SimulationParameters()).identity)
