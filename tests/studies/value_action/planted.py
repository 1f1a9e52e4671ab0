"""The simulated respondent's truth, from its documented equations and not from its code."""

import asyncio
from pathlib import Path

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.sim import SimulatedModel
from mores.studies.answers import collect
from mores.studies.registry import read_study

SCORES = np.array([1, 0.6, 0.2, -0.2, -0.6, -1.0])


def answered(toml: str, model: SimulatedModel, folder: Path):
    """A study, its answers and its tables, asked of a simulated respondent."""
    study = read_study(toml, "test", folder)
    design = study.design(model)
    with AnswerStore(
        folder / f"{abs(hash((toml, model.spec)))}.sqlite", study.fingerprint()
    ) as store:
        asyncio.run(ask_all(design, model, store, Asking(concurrency=1)))
        answers = collect(design, store, "value-action", "sim", "en")
    return study, answers, study.analyse(answers, "sim")


def option_shares(eta, dispersion):
    """P(option), last axis in the order of SCORES, for latent answers eta."""
    thresholds = np.array([-0.8, -0.4, 0, 0.4, 0.8])
    below = 1 / (1 + np.exp(-(thresholds - eta[..., None]) / dispersion))
    edges = np.concatenate(
        [np.zeros_like(eta)[..., None], below, np.ones_like(eta)[..., None]], axis=-1
    )
    return np.diff(edges, axis=-1)[..., ::-1]


def mean_of_three(shares):
    """Distribution of the sum of three draws over score ranks 0 … 15, last axis of length 16."""
    out = np.zeros((*shares.shape[:-1], 16))
    for i in range(6):
        for j in range(6):
            for k in range(6):
                out[..., i + j + k] += shares[..., i] * shares[..., j] * shares[..., k]
    return out


def true_distance(p, loadings, position, congruence, nodes=15):
    """Expected |v - a| (means of three repeats) over items, pairs and answers, by quadrature."""
    x, y, rho = p.prior_x, p.prior_y, p.link
    if position is not None:
        kept = 1 - p.incongruity_cost * (1 - congruence)
        x += p.steerability * kept * (position[0] - p.prior_x)
        y += p.steerability * kept * (position[1] - p.prior_y)
        rho += (p.persona_link - p.link) * kept
    z, weight = hermegauss(nodes)
    weight = weight / weight.sum()
    b, u, w = np.meshgrid(z, z, z, indexing="ij")
    mass = weight[:, None, None] * weight[None, :, None] * weight[None, None, :]
    gaps = np.abs(np.subtract.outer(np.arange(16), np.arange(16))) * 0.4 / 3
    truths = {}
    for loading in set(loadings):
        m = p.discrimination * (loading[0] * x + loading[1] * y) + p.agreement + p.item_sd * b
        value = m + p.pair_sd * u + p.acquiescence
        action = (
            p.action_scale * (m + p.pair_sd * (rho * u + np.sqrt(1 - rho**2) * w)) + p.action_shift
        )
        v = mean_of_three(option_shares(value, p.dispersion))
        a = mean_of_three(option_shares(action, p.dispersion))
        truths[loading] = float((mass * np.einsum("...i,ij,...j->...", v, gaps, a)).sum())
    return float(np.mean([truths[loading] for loading in loadings]))
