"""Small material of a framings study: humans and a model's answers, made from a seed or by hand.

`humans` are respondents drawn from a latent position by country, so that what is computed from their
shares and from themselves is the same. `answered` are replies drawn around the humans, nearer to them
the later the framing. Two survey studies' worth of detail is not here: only what the tables need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from mores.instruments.survey import wvs7
from mores.instruments.units import Axis, Unit, UnitSet, framing_units
from mores.populations.population import Population, schema
from mores.studies.framings.cells import LANGUAGE_FRAMING, Cell, Context, Slice
from mores.studies.framings.collecting import observe
from mores.studies.framings.responses import Observed, Responses

FRAMINGS = (LANGUAGE_FRAMING, "user-country", "persona-country", "third-person")
SLICES = tuple(map(Slice.parse, ("ar-EGY", "en-GBR", "en-USA", "hi-IND")))
UNITS = ("Q45", "Q106", "Q42", "Q165", "Q164", "SU_IMMIGRATION_EFFECTS")
"""Ordered of 3 and of 10 options, nominal, binary, ordered of 10, and a battery of 8."""


def units(*names: str) -> tuple[Unit, ...]:
    """Units of the inventory, by id."""
    by_id = {unit.id: unit for unit in framing_units().units}
    return tuple(by_id[name] for name in names)


def cells_and_contexts(
    slices: Sequence[Slice] = SLICES,
    framings: Sequence[str] = FRAMINGS,
    *,
    crossed: bool = False,
    paraphrases: int = 0,
) -> tuple[tuple[Cell, ...], tuple[Context, ...]]:
    """The layout of a study; the first context is the baseline."""
    places = {Context(LANGUAGE_FRAMING, "en", None): 0}
    languages = list(dict.fromkeys(one.language for one in slices))
    cells = []
    for paraphrase in range(paraphrases + 1):
        for framing in framings:
            alone = framing == LANGUAGE_FRAMING
            for one in slices:
                for language in languages if crossed and not alone else [one.language]:
                    country = None if alone else one.country
                    context = Context(framing, language, country, paraphrase)
                    place = places.setdefault(context, len(places))
                    cells.append(Cell(framing, one, place, language, paraphrase))
    return tuple(cells), tuple(places)


def humans(
    seed: int = 0,
    chosen: Sequence[Unit] = (),
    slices: Sequence[Slice] = SLICES,
    *,
    respondents: int = 150,
    missing: float = 0.05,
) -> Population:
    """Respondents of the slices' countries; weights vary, and some answers are missing."""
    generator = np.random.default_rng(seed)
    instrument = wvs7()
    members = [item for unit in chosen or units(*UNITS) for item in unit.members]
    columns: dict[str, list] = {name: [] for name in ("country", "language", "weight", *members)}
    for one in slices:
        position, size = generator.normal(), respondents
        latent = position + generator.normal(size=size)
        columns["country"] += [one.country] * size
        columns["language"] += [one.language] * size
        columns["weight"] += generator.lognormal(0, 0.4, size).tolist()
        for item in members:
            codes = np.array(instrument.item(item).codes)
            lean = latent * generator.choice([-1, 1]) + generator.normal(size=size)
            place = np.clip((lean + 2.5) / 5 * len(codes), 0, len(codes) - 1).astype(int)
            answers = codes[place]
            columns[item] += np.where(generator.random(size) < missing, -1, answers).tolist()
    n = len(columns["country"])
    columns |= {
        "survey": ["WVS"] * n,
        "wave": [7] * n,
        "year": [2018] * n,
        "respondent": list(range(1, n + 1)),
    }
    types = schema(instrument)
    frame = pl.DataFrame(columns, schema={name: types[name] for name in columns})
    return Population("built", frame, instrument, True, {"form": "test", "files": []})


def observed(
    seed: int = 0,
    names: Sequence[str] = UNITS,
    slices: Sequence[Slice] = SLICES,
    framings: Sequence[str] = FRAMINGS,
    *,
    respondents: int = 150,
    crossed: bool = False,
    paraphrases: int = 0,
    humans_by: str = "language-and-country",
    inventory: UnitSet | None = None,
) -> Observed:
    """Humans of `humans`, as the study itself collects them."""
    chosen = units(*names)
    cells, _ = cells_and_contexts(slices, framings, crossed=crossed, paraphrases=paraphrases)
    population = humans(seed, chosen, slices, respondents=respondents)
    return observe(population, inventory or framing_units(), chosen, cells, humans_by, 30)


def contexts_of(found: Observed) -> tuple[Context, ...]:
    """The contexts of its cells, as `cells_and_contexts` numbers them; 0 is the baseline."""
    places = {0: Context(LANGUAGE_FRAMING, "en", None)}
    for cell in found.cells:
        country = None if cell.framing == LANGUAGE_FRAMING else cell.slice.country
        places[cell.context] = Context(cell.framing, cell.language, country, cell.paraphrase)
    return tuple(places[x] for x in range(max(places) + 1))


def answered(
    found: Observed,
    seed: int = 0,
    *,
    repeats: int = 1,
    missing: float = 0.1,
    probabilities: bool = False,
    model: str = "a model",
) -> Responses:
    """Replies to every context: of the humans' distribution with a chance that grows by framing."""
    generator = np.random.default_rng(seed)
    contexts = contexts_of(found)
    of_context = {cell.context: found.shares[c] for c, cell in enumerate(found.cells)}
    n_members, width = found.world.shape
    own = np.stack([_somewhere(generator, found) for _ in range(2)])
    nearer = {framing: k / len(FRAMINGS) for k, framing in enumerate(FRAMINGS)}
    shape = (len(contexts), len(found.units))
    coded = generator.binomial(repeats, 1 - missing, shape)
    shares = np.full((len(contexts), n_members, width), np.nan)
    for x, context in enumerate(contexts):
        humans_ = np.nan_to_num(of_context.get(x, found.world))
        for m in range(n_members):
            times = coded[x, found.unit_of[m]]
            if not times:
                continue
            target = humans_[m] if humans_[m].sum() > 0 else own[0, m]
            mixed = nearer[context.framing] * target + (1 - nearer[context.framing]) * own[0, m]
            mixed = 0.9 * mixed + 0.1 * own[1, m]
            mixed = mixed / mixed.sum()
            shares[x, m] = mixed if probabilities else generator.multinomial(times, mixed) / times
    points = shares
    if probabilities:
        top = np.eye(width)[np.nan_to_num(shares).argmax(axis=-1)]
        points = np.where(np.isnan(shares), np.nan, top)
    refused = generator.binomial(repeats - coded, 0.5)
    failed = generator.binomial(repeats - coded - refused, 0.3)
    return Responses(
        model=model,
        contexts=contexts,
        shares=shares,
        points=points,
        asked=np.full(shape, repeats),
        coded=coded,
        refused=refused,
        uncoded=repeats - coded - refused - failed,
        failed=failed,
        refusals=refused,
        hedges=generator.binomial(coded, 0.1),
        allowed=np.full((len(contexts), n_members), 0.98 if probabilities else np.nan),
        unseen=np.full((len(contexts), n_members), 0.0 if probabilities else np.nan),
        baseline=0,
        probabilities=probabilities,
    )


def _somewhere(generator: np.random.Generator, found: Observed) -> np.ndarray:
    """Distributions (M, K) that have nothing to do with anyone."""
    n_members, width = found.world.shape
    drawn = generator.gamma(0.5, size=(n_members, width)) + 1e-6
    drawn[np.arange(width) >= found.n_options[:, None]] = 0
    return drawn / drawn.sum(axis=1, keepdims=True)


def by_hand(
    names: Sequence[str],
    cells: Sequence[Cell],
    contexts: Sequence[Context],
    humans_: Mapping[int, Mapping[str, Sequence[float]]],
    replies: Mapping[int, Mapping[str, Sequence[float] | int]],
    *,
    world: Mapping[str, Sequence[float]] | None = None,
    axes: Sequence[Axis] = (),
    asked: int = 1,
    n: int = 100,
    model: str = "a model",
) -> tuple[Observed, Responses]:
    """Humans' shares by cell and item, and replies by context and item.

    What is not given is missing. A reply is the index of an option, or shares of several replies; its
    unit is coded if all of its members have one.
    """
    chosen = units(*names)
    inventory = replace(framing_units(), axes=tuple(axes) or framing_units().axes)
    members = [item for unit in chosen for item in unit.members]
    widths = [len(unit.codes(item)) for unit in chosen for item in unit.members]
    width = max(widths)

    def padded(values: Sequence[float] | None, options: int) -> np.ndarray:
        if values is None:
            return np.full(width, np.nan)
        assert len(values) == options, (values, options)
        return np.pad(np.asarray(values, float), (0, width - options))

    def reply(value: Sequence[float] | int | None, options: int) -> np.ndarray:
        return padded(np.eye(options)[value] if isinstance(value, int) else value, options)

    items = list(zip(members, widths, strict=True))
    shares = np.array([[padded(humans_[c].get(i), k) for i, k in items] for c in range(len(cells))])
    given = np.array(
        [[reply(replies.get(x, {}).get(i), k) for i, k in items] for x in range(len(contexts))]
    )
    found = Observed(
        population=humans(0, chosen, SLICES[:1], respondents=2),
        inventory=inventory,
        humans_by=None,
        units=chosen,
        cells=tuple(cells),
        shares=shares,
        n=np.where(np.isnan(shares[..., 0]), 0, n),
        n_effective=np.where(np.isnan(shares[..., 0]), 0.0, n),
        coverage=np.where(np.isnan(shares[..., 0]), 0.0, 1.0),
        world=np.nan_to_num(np.array([padded((world or {}).get(i), k) for i, k in items])),
        split_half=np.where(np.isnan(shares[..., 0]), np.nan, 0.02),
    )
    unit_of = found.unit_of
    there = ~np.isnan(given[..., 0])
    complete = np.stack([there[:, unit_of == u].all(axis=1) for u in range(len(chosen))], axis=1)
    coded = complete * asked
    none = np.zeros_like(coded)
    nothing = np.full(there.shape, np.nan)
    return found, Responses(
        model=model,
        contexts=tuple(contexts),
        shares=given,
        points=given,
        asked=np.full(coded.shape, asked),
        coded=coded,
        refused=asked - coded,
        uncoded=none,
        failed=none,
        refusals=asked - coded,
        hedges=none,
        allowed=nothing,
        unseen=nothing,
        baseline=0,
        probabilities=False,
    )
