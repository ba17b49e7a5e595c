"""The accuracy prior, and latencies without measured networks, for many genotypes of one space at once.

Equal to what the one-at-a-time path answers for the decoded architectures; see `predictors.batched.genotypes`.

Shapes: n genotypes, g genes, c costs, l levels.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from predictors.accuracy.evidence import (
    CAPACITIES,
    DEEP_STRIDE,
    SANDWICH,
    Shapes,
    attention_share,
    known_traits,
    layout_of,
    lost_scales,
    unseen,
)
from predictors.accuracy.prior import AccuracyPrediction, AccuracyPrior
from predictors.batched.genotypes import GenotypePredictor, GenotypeTables
from predictors.intervals.unseen import unseen_genotypes
from predictors.latency.by_space import SpacesPredictor
from predictors.latency.calibrated import CalibratedPredictor
from predictors.latency.corrected import VerifiedPredictor
from predictors.latency.measured import FittedPredictor
from predictors.latency.roofline import AnalyticPredictor
from predictors.prediction import LatencyPrediction, LatencyPredictor
from search_space import COST_FIELDS, STRIDES, BlockRows, Canonical, LevelChoices, LevelConfig, SearchSpace
from search_space.space import FIRST_LEVEL

_COLUMN = {name: index for index, name in enumerate(COST_FIELDS)}
_WITH_HEAD = np.array([0, 0, 0, 1, 1])  # quantities of `sizes` that count the head
FastLatency = Callable[[np.ndarray, float], LatencyPrediction]  # genotypes (n, g) and confidence


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelFacts:
    """What one level is in each genotype, arrays (n,): blocks, and blocks with attention, without scales; whether it
    is there, has sandwich blocks, has a choice of unknown worth (`novel`, see `accuracy_evidence.unseen`).
    """

    there: np.ndarray
    depth: np.ndarray
    attended: np.ndarray
    without_scales: np.ndarray
    sandwich: np.ndarray
    novel: np.ndarray


def level_facts(space: SearchSpace, genotypes: np.ndarray) -> list[LevelFacts]:
    """Facts of each level of genotypes (n, g)."""
    there, found = np.ones(len(genotypes), dtype=bool), []
    start = FIRST_LEVEL
    for choices in space.levels:
        genes = genotypes[:, start : start + len(choices.genes)].T
        if choices.optional:
            there = there & (genes[choices.place["present"]] == 1)
        found.append(_facts(choices, genes, there))
        start += len(choices.genes)
    return found


@lru_cache(maxsize=64)
def _tables_of_facts(choices: LevelChoices) -> tuple[BlockRows, np.ndarray]:
    """Facts by depth and row: blocks with attention, those without scales, sandwich, novel; (depths, rows, 4).

    They do not depend on the width.
    """
    rows = BlockRows(choices=choices, attention_settings=True)
    found = np.zeros((len(choices.depths), len(rows), 4), dtype=int)
    for row, (pattern, indices, attention) in enumerate(rows.settings(choices.widths[0])):
        blocks = choices.repeated(pattern, indices, attention)
        for place, depth in enumerate(choices.depths):
            if depth:
                level = LevelConfig(stride=choices.stride, width=choices.widths[0], depth=depth, blocks=blocks)
                bare = level.attended * lost_scales(attention)
                sandwich = any(SANDWICH in block.traits for block in level.blocks)
                found[place, row] = level.attended, bare, sandwich, unseen(level)
    return rows, found


def _facts(choices: LevelChoices, genes: np.ndarray, there: np.ndarray) -> LevelFacts:
    rows, table = _tables_of_facts(choices)
    depth = genes[choices.place["depth"]]
    facts = table[depth, rows.of(genes)]
    return LevelFacts(
        there=there,
        depth=np.array(choices.depths)[depth] * there,
        attended=facts[:, 0] * there,
        without_scales=facts[:, 1] * there,
        sandwich=(facts[:, 2] > 0) & there,
        novel=(facts[:, 3] > 0) & there,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class GenotypePriors:
    """Costs and facts of the genotypes of a space, and the accuracy prior.

    `sizes` adds up multiply-adds, parameters and activations without head, then multiply-adds and parameters with it.
    """

    space: SearchSpace
    tables: GenotypeTables
    sizes: GenotypeTables
    accuracy: AccuracyPrior

    @classmethod
    def build(cls, space: SearchSpace, accuracy: AccuracyPrior | None = None) -> "GenotypePriors":
        """See `GenotypeTables.build`. The last quantity of `costs` is attention kernels of softmax attention."""
        tables = GenotypeTables.build(space)
        levels = [replace(each, down=_cascade(each.down), blocks=_cascade(each.blocks)) for each in tables.levels]
        heads = {end: _cascade(table) for end, table in tables.heads.items()}
        tables = replace(tables, levels=tuple(levels), heads=heads)
        sizes = replace(
            tables,
            levels=tuple(replace(each, down=_sizes(each.down), blocks=_sizes(each.blocks)) for each in tables.levels),
            heads={end: _sizes(table) * _WITH_HEAD for end, table in tables.heads.items()},
        )
        return cls(space=space, tables=tables, sizes=sizes, accuracy=accuracy or AccuracyPrior.fit())

    def expected_accuracy(self, genotypes: np.ndarray) -> AccuracyPrediction:
        """See `AccuracyPrior.predict`."""
        facts, layers = level_facts(self.space, genotypes), np.zeros((len(genotypes), len(STRIDES)))
        for level, each in zip(self.space.levels, facts, strict=True):
            column = STRIDES.index(level.stride)
            layers[:, column] = (each.depth + 1) * each.there
        deep = [each for each, level in zip(facts, self.space.levels, strict=True) if level.stride >= DEEP_STRIDE]

        def summed(counts: Iterable[np.ndarray]) -> np.ndarray:
            return sum(counts, np.zeros(len(genotypes)))

        attended = summed(each.attended for each in deep)
        sizes = np.log(self.sizes.additive(genotypes))
        capacity = sizes[:, :CAPACITIES]
        sides = np.array(self.space.resolutions, dtype=float)[genotypes[:, 0]]
        shapes = Shapes(
            capacity=capacity,
            whole=sizes[:, CAPACITIES:],
            layout=layout_of(capacity, sides, layers),
            attention=attention_share(summed(each.depth for each in deep), attended),
            sandwich=summed(each.sandwich for each in deep) / np.maximum(summed(each.depth > 0 for each in deep), 1),
            without_scales=summed(each.without_scales for each in deep) / np.maximum(attended, 1),
            unseen=np.any([each.novel for each in facts], axis=0)
            | (unseen_genotypes(self.space, genotypes, known_traits()) > 1),
        )
        return self.accuracy.predict_shapes(shapes)

    def calibrated(
        self, predictor: CalibratedPredictor, genotypes: np.ndarray, confidence: float
    ) -> LatencyPrediction:
        """See `CalibratedPredictor.predict`."""
        costs = self.tables.additive(genotypes)
        pixels = np.array(self.space.resolutions, dtype=float)[genotypes[:, 0]] ** 2
        strange = unseen_genotypes(self.space, genotypes, predictor.traits)
        return predictor.predict_costs(costs[:, :-1], pixels, strange, costs[:, -1], confidence=confidence)

    def analytic(self, predictor: AnalyticPredictor, genotypes: np.ndarray, confidence: float) -> LatencyPrediction:
        """See `AnalyticPredictor.predict`."""
        costs = self.tables.additive(genotypes)[:, :-1]
        strange = unseen_genotypes(self.space, genotypes, predictor.traits)
        return predictor.predict_costs(costs, strange, confidence=confidence)


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


def _sizes(costs: np.ndarray) -> np.ndarray:
    """The quantities (..., 5) of `GenotypePriors.sizes`."""
    macs = sum(costs[..., index] for name, index in _COLUMN.items() if name.startswith("macs_"))
    parameters = costs[..., _COLUMN["parameters"]]
    return np.stack([macs, parameters, costs[..., _COLUMN["activations"]], macs, parameters], axis=-1)


def _cascade(costs: np.ndarray) -> np.ndarray:
    """A last column: attention kernels where there is a softmax, as `calibrated` charges them."""
    kernels = costs[..., _COLUMN["attention_kernels"]] * (costs[..., _COLUMN["softmax_elements"]] > 0)
    return np.concatenate([costs, kernels[..., None]], axis=-1)
