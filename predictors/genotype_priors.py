"""The accuracy prior, and latencies without measured networks, for many genotypes of one space at once.

Equal to what the one-at-a-time path answers for the decoded architectures; see `predictors.genotypes`.

Shapes: n genotypes, g genes, c costs, l levels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from predictors.accuracy import (
    DEEP_STRIDE,
    AccuracyPrediction,
    AccuracyPrior,
    log_capacity,
    position_of,
    removal_penalty,
)
from predictors.analytic import AnalyticPredictor
from predictors.by_space import SpacesPredictor
from predictors.calibrated import UNSEEN_BLOCKS_FACTOR, UNSEEN_KERNELS_FACTOR, CalibratedPredictor
from predictors.estimate import LatencyPrediction, LatencyPredictor
from predictors.fitted import FittedPredictor
from predictors.genotypes import GenotypePredictor, GenotypeTables
from predictors.verified import VerifiedPredictor
from search_space import COST_FIELDS, STRIDES, Canonical, LevelChoices, SearchSpace
from search_space.choices import PRESENT
from search_space.space import FIRST_LEVEL

_ATTENTION_BLOCKS = ("evit", "sandwich")
_COLUMN = {name: index for index, name in enumerate(COST_FIELDS)}
FastLatency = Callable[[np.ndarray, float], LatencyPrediction]  # genotypes (n, g) and confidence


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelFacts:
    """What one level is in each genotype, arrays (n,): blocks, and blocks with attention, without scales, cascaded;
    whether it is there, has sandwich blocks, merges by squeeze and excitation.
    """

    there: np.ndarray
    depth: np.ndarray
    attended: np.ndarray
    without_scales: np.ndarray
    cascaded: np.ndarray
    sandwich: np.ndarray
    merges: np.ndarray

    @property
    def unseen(self) -> np.ndarray:
        """As `calibrated.unseen_parts` has it for a level."""
        blocks = np.where(self.sandwich | self.merges, UNSEEN_BLOCKS_FACTOR, 1.0)
        return np.where(self.cascaded, UNSEEN_KERNELS_FACTOR, blocks)


def level_facts(space: SearchSpace, genotypes: np.ndarray) -> list[LevelFacts]:
    """Facts of each level of genotypes (n, g)."""
    there, found = np.ones(len(genotypes), dtype=bool), []
    start = FIRST_LEVEL
    for choices in space.levels:
        genes = genotypes[:, start : start + len(choices.genes)]
        if choices.optional:
            there = there & (genes[:, PRESENT] == 1)
        found.append(_facts(choices, genes, there))
        start += len(choices.genes)
    return found


def _facts(choices: LevelChoices, genes: np.ndarray, there: np.ndarray) -> LevelFacts:
    column = {gene.name.split(".", 2)[2]: index for index, gene in enumerate(choices.genes)}

    def chosen(name: str) -> np.ndarray:
        """Indices (n,) of the choice that each genotype makes."""
        return genes[:, column[name]]

    depth = np.array(choices.depths)[chosen("depth")] * there
    block = np.array(choices.blocks)[chosen("block")]
    types = np.array([each.type if each else "" for each in choices.attentions])[chosen("attention")]
    has = (depth > 0) & (types != "") & np.isin(block, _ATTENTION_BLOCKS)
    bare = np.zeros(len(genes), dtype=bool)
    for each in choices.attentions:
        if each is not None and f"{each.type}.scales" in column:
            options = np.array([scales == () for scales in each.genes()["scales"]])
            bare |= (types == each.type) & options[chosen(f"{each.type}.scales")]
    merges = np.array([op == "se_merge" for op, _ in choices.downsamples])[chosen("downsample")]
    return LevelFacts(
        there=there,
        depth=depth,
        attended=depth * has,
        without_scales=depth * (has & bare),
        cascaded=has & (types == "cascaded_group"),
        sandwich=(depth > 0) & (block == "sandwich"),
        merges=merges & there,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class GenotypePriors:
    """Costs and facts of the genotypes of a space, without and with heads, and the accuracy prior."""

    space: SearchSpace
    tables: GenotypeTables
    backbones: GenotypeTables
    accuracy: AccuracyPrior

    @classmethod
    def build(cls, space: SearchSpace, accuracy: AccuracyPrior | None = None) -> "GenotypePriors":
        """See `GenotypeTables.build`. The last quantity of `costs` is attention kernels inside cascades."""
        tables = GenotypeTables.build(space)
        levels = [replace(each, down=_cascade(each.down), block=_cascade(each.block)) for each in tables.levels]
        heads = {end: _cascade(table) for end, table in tables.heads.items()}
        tables = replace(tables, levels=tuple(levels), heads=heads)
        bare = replace(tables, heads={end: np.zeros_like(table) for end, table in heads.items()})
        return cls(space=space, tables=tables, backbones=bare, accuracy=accuracy or AccuracyPrior.fit())

    def expected_accuracy(self, genotypes: np.ndarray) -> AccuracyPrediction:
        """See `AccuracyPrior.predict`."""
        facts, layers = level_facts(self.space, genotypes), np.zeros((len(genotypes), len(STRIDES)))
        for index, each in enumerate(facts):
            layers[:, index] = (each.depth + 1) * each.there
        deep = [each for each, level in zip(facts, self.space.levels, strict=True) if level.stride >= DEEP_STRIDE]
        nothing = np.zeros(len(genotypes))
        penalty = removal_penalty(
            sum((each.depth for each in deep), nothing),
            sum((each.attended for each in deep), nothing),
            sum((each.without_scales for each in deep), nothing),
        )
        capacity = log_capacity(self.backbones.additive(genotypes)[:, : len(COST_FIELDS)])
        sides = np.array(self.space.resolutions, dtype=float)[genotypes[:, 0]]
        return self.accuracy.predict_shapes(position_of(capacity, sides, layers), penalty)

    def calibrated(
        self, predictor: CalibratedPredictor, genotypes: np.ndarray, confidence: float
    ) -> LatencyPrediction:
        """See `CalibratedPredictor.predict`."""
        costs = self.tables.additive(genotypes)
        pixels = np.array(self.space.resolutions, dtype=float)[genotypes[:, 0]] ** 2
        unseen = self._unseen(genotypes)
        return predictor.predict_costs(costs[:, :-1], pixels, unseen, costs[:, -1], confidence=confidence)

    def analytic(self, predictor: AnalyticPredictor, genotypes: np.ndarray, confidence: float) -> LatencyPrediction:
        """See `AnalyticPredictor.predict`."""
        costs = self.tables.additive(genotypes)[:, :-1]
        return predictor.predict_costs(costs, self._unseen(genotypes), confidence=confidence)

    def _unseen(self, genotypes: np.ndarray) -> np.ndarray:
        found = [each.unseen for each in level_facts(self.space, genotypes)]
        return np.asarray(np.max(found, axis=0))


def fast_latency(predictor: LatencyPredictor, priors: GenotypePriors) -> FastLatency | None:
    """Latencies of genotypes by `predictor`, or None where it has no fast path."""
    if isinstance(predictor, SpacesPredictor):
        return fast_latency(predictor.part(priors.space), priors)
    if isinstance(predictor, VerifiedPredictor):
        return _fast_verified(predictor, priors)
    if isinstance(predictor, FittedPredictor):
        built = GenotypePredictor.build(predictor, priors.space)
        return lambda genotypes, confidence: built.predict(genotypes, confidence=confidence)
    if isinstance(predictor, CalibratedPredictor):
        return lambda genotypes, confidence: priors.calibrated(predictor, genotypes, confidence)
    if isinstance(predictor, AnalyticPredictor):
        return lambda genotypes, confidence: priors.analytic(predictor, genotypes, confidence)
    return None


def _fast_verified(predictor: VerifiedPredictor, priors: GenotypePriors) -> FastLatency | None:
    base, canonical = fast_latency(predictor.base, priors), Canonical.build(priors.space)
    if base is None:
        return None
    fast = base
    archs = [arch for arch in predictor.known if arch in priors.space]
    known = {tuple(priors.space.encode(arch)): predictor.known[arch] for arch in archs}

    def latency(genotypes: np.ndarray, confidence: float) -> LatencyPrediction:
        found = fast(genotypes, predictor.asked(confidence))
        measured = [known.get(tuple(row)) for row in canonical(genotypes).tolist()] if known else []
        return predictor.corrected(found, measured, confidence=confidence)

    return latency


def _cascade(costs: np.ndarray) -> np.ndarray:
    """A last column: attention kernels where there is a softmax, as `calibrated` charges them."""
    kernels = costs[..., _COLUMN["attention_kernels"]] * (costs[..., _COLUMN["softmax_elements"]] > 0)
    return np.concatenate([costs, kernels[..., None]], axis=-1)
