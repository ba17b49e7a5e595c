"""The problems that searches are judged on; see `scripts/benchmark_search.py`.

Shapes: n genotypes, g genes.
"""

import ast
import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from nas.search.front import hypervolume, pareto_mask
from nas.search.pareto import ParetoEvolution, Told
from predictors import calibrated_predictor, load_predictor
from predictors.accuracy.evidence import Shapes
from predictors.accuracy.prior import AccuracyPrediction, AccuracyPrior
from predictors.batched.priors import GenotypePriors, fast_latency
from search_space import COST_FIELDS, Canonical, SearchSpace, named_space

LEVELS, DEEPEST = 5, 4
KERNELS, EXPANDS, DEPTHS = (3, 5, 7), (3, 4, 6), (2, 3, 4)
PREDICTOR = Path(__file__).parents[1] / "results" / "latency" / "cpu-digits-predictor.json"
BUDGET_MS = 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Two minimised objectives of genotypes: `first` is expensive, `second` known; `features` are for models.

    `best` is the hypervolume that counts as 1; nan where it is not known.
    """

    cardinalities: tuple[int, ...]
    canonical: Callable[[np.ndarray], np.ndarray]
    first: Callable[[np.ndarray], np.ndarray]
    second: Callable[[np.ndarray], np.ndarray]
    features: Callable[[np.ndarray], np.ndarray]
    reference: tuple[float, float]
    seeds: tuple[tuple[int, ...], ...]
    best: float

    def objectives(self, genotypes: np.ndarray) -> np.ndarray:
        """Both, (n, 2)."""
        return np.stack([self.first(genotypes), self.second(genotypes)], axis=1)


class UnboundedPrior(AccuracyPrior):
    """The accuracy prior's scores in place of percentages: they order networks of a few pixels, near chance, too."""

    def predict_shapes(self, shapes: Shapes) -> AccuracyPrediction:
        """Scores alone: no interval."""
        score = self.score(shapes)
        return AccuracyPrediction(mean=score, low=score, high=score, extrapolated=np.ones(len(score), dtype=bool))


def ofa_problem(folder: Path) -> Problem:
    """Once-for-all MobileNetV3 on ImageNet: a surrogate of 2,162 measured networks (DyNAS-T), exact multiply-adds.

    The surrogate is support-vector regression, whose held-out error is 0.06 points in threefold cross-validation.
    45 three-way choices: kernel and expansion of 20 layers, depth of 5 stages. Hypervolume counts up to 520 million
    multiply-adds and 70 % top-1. The best known front is that of a long evolution.
    """
    from sklearn.svm import SVR

    genotypes, macs, accuracy = _read_ofa(folder)
    table, residual = _fit_macs(genotypes, macs)
    assert residual < 1e-6, f"multiply-adds are not a sum over layers: relative residual {residual:.1e}"
    model = SVR(C=3.0, epsilon=0.05).fit(_choices(genotypes), accuracy)
    smallest, largest = (0,) * 45, (2,) * 45
    problem = Problem(
        cardinalities=(3,) * 45,
        canonical=_canonical_ofa,
        first=lambda rows: 100 - model.predict(_choices(rows)),
        second=lambda rows: _one_hot(rows) @ table / 1e6,
        features=lambda rows: np.concatenate([_sizes(rows), np.log(_one_hot(rows) @ table)[:, None]], axis=1),
        reference=(30.0, 520.0),
        seeds=(smallest, largest),
        best=np.nan,
    )
    return replace(problem, best=_long_evolution(problem, 40_000))


def digits_problem() -> Problem:
    """A part of the space `digits` that can be enumerated, 829,440 networks, with predictors: latency from the
    committed fit to measured networks, accuracy the prior. Seeds are none; the true front is known.
    """
    space = _part_of_digits()
    priors, fitted = GenotypePriors.build(space, UnboundedPrior.fit()), load_predictor(PREDICTOR)
    latency, canonical = fast_latency(fitted, priors), Canonical.build(space)
    assert latency is not None
    everything = np.array(list(product(*(range(len(gene.choices)) for gene in space.genes))))
    everything = np.unique(canonical(everything), axis=0)
    assert len(everything) == space.size
    sizes = [COST_FIELDS.index(name) for name in ("macs_dense", "macs_pointwise", "parameters", "activations")]
    problem = Problem(
        cardinalities=tuple(len(gene.choices) for gene in space.genes),
        canonical=canonical,
        first=lambda rows: -priors.expected_accuracy(rows).mean,
        second=lambda rows: latency(rows, 0.5).p50_ms,
        features=lambda rows: np.concatenate([rows, np.log1p(priors.tables.additive(rows)[:, sizes])], axis=1),
        reference=(0.0, 0.0),
        seeds=(),
        best=np.nan,
    )
    points = problem.objectives(everything)
    reference = (float(points[:, 0].max()), float(points[:, 1].max()))
    return replace(problem, reference=reference, best=hypervolume(points, reference))


def efficientvit_problem() -> Problem:
    """The space `efficientvit` under the accuracy prior's lower end on the Jetson AGX Orin within 10 ms; seeded with
    the published models. No front is known, so hypervolumes are compared as shares of the box below.
    """
    space = named_space("efficientvit")
    priors = GenotypePriors.build(space)
    latency = fast_latency(calibrated_predictor("jetson-agx-orin"), priors)
    assert latency is not None
    return Problem(
        cardinalities=tuple(len(gene.choices) for gene in space.genes),
        canonical=Canonical.build(space),
        first=lambda rows: 100 - priors.expected_accuracy(rows).low,
        second=lambda rows: latency(rows, 0.9).high_ms,
        features=lambda rows: np.concatenate([rows, np.log1p(priors.tables.additive(rows))], axis=1),
        reference=(60.0, BUDGET_MS),
        seeds=tuple(space.encode(arch) for arch in space.published_members.values()),
        best=60.0 * BUDGET_MS,
    )


PROBLEMS = {"ofa": ofa_problem, "digits": digits_problem, "efficientvit": efficientvit_problem}


def _part_of_digits() -> SearchSpace:
    whole = named_space("digits")
    first, second, *deep = whole.levels
    first = first.offering({"kernels": (3,)})
    second = replace(second, downsamples=second.downsamples[1:]).offering({"kernels": (3,), "expands": (2, 4)})
    kept = []
    for level, depths in zip(deep, ((1, 2), (1, 3)), strict=True):
        none, linear, cascaded = level.attentions
        some = (
            none,
            replace(linear, head_ratios=(1.0,), scales=((), (5,))),
            replace(cascaded, heads=(4,), query_kernels=((5, 5, 3, 3),)),
        )
        kept.append(replace(level, depths=depths).offering({"expands": (2, 4), "kernels": (3,), "attentions": some}))
    return replace(whole, levels=(first, second, *kept))


def _read_ofa(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canonical genotypes (n, 45), multiply-adds (n,) and top-1 (n,) of distinct networks, in the order of files."""
    found: dict[bytes, tuple[np.ndarray, float, float]] = {}
    for path in sorted((folder / "dynas-t").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                net = ast.literal_eval(row["Sub-network"])
                genes = [KERNELS.index(k) for k in net["ks"]] + [EXPANDS.index(e) for e in net["e"]]
                genotype = _canonical_ofa(np.array([genes + [DEPTHS.index(d) for d in net["d"]]]))[0]
                found.setdefault(genotype.tobytes(), (genotype, float(row["MACs"]), float(row["Top-1 Acc (%)"])))
    genotypes, macs, accuracy = zip(*found.values(), strict=True)
    return np.array(genotypes), np.array(macs), np.array(accuracy)


def _there(genotypes: np.ndarray) -> np.ndarray:
    """Whether each of the 20 layers is in use, (n, 20)."""
    depths = np.array(DEPTHS)[genotypes[:, 40:]]
    return (np.arange(DEEPEST) < depths[:, :, None]).reshape(len(genotypes), LEVELS * DEEPEST)


def _canonical_ofa(genotypes: np.ndarray) -> np.ndarray:
    found, there = np.array(genotypes, copy=True), _there(genotypes)
    found[:, :20] *= there
    found[:, 20:40] *= there
    return found


def _one_hot(genotypes: np.ndarray) -> np.ndarray:
    """Kernel and expansion of each layer in use, jointly, and a constant, (n, 181)."""
    there = _there(genotypes)
    pair = genotypes[:, :20] * len(EXPANDS) + genotypes[:, 20:40]
    hot = (pair[:, :, None] == np.arange(9)) & there[:, :, None]
    return np.concatenate([hot.reshape(len(genotypes), -1), np.ones((len(genotypes), 1))], axis=1).astype(float)


def _sizes(genotypes: np.ndarray) -> np.ndarray:
    """The genotype with -1 for layers that are not in use, (n, 45)."""
    used = np.concatenate([np.tile(_there(genotypes), (1, 2)), np.ones((len(genotypes), LEVELS), dtype=bool)], axis=1)
    return np.where(used, genotypes, -1)


def _choices(genotypes: np.ndarray) -> np.ndarray:
    """Kernel, expansion and depth, each choice apart, nothing for layers that are not in use; (n, 135)."""
    used = np.concatenate([np.tile(_there(genotypes), (1, 2)), np.ones((len(genotypes), LEVELS), dtype=bool)], axis=1)
    hot = (genotypes[:, :, None] == np.arange(3)) & used[:, :, None]
    return hot.reshape(len(genotypes), -1).astype(float)


def _fit_macs(genotypes: np.ndarray, macs: np.ndarray) -> tuple[np.ndarray, float]:
    table = np.linalg.lstsq(_one_hot(genotypes), macs, rcond=None)[0]
    return table, float(np.abs(_one_hot(genotypes) @ table / macs - 1).max())


def _long_evolution(problem: Problem, count: int) -> float:
    evolution = ParetoEvolution(
        problem.cardinalities,
        np.random.default_rng(0),
        population=200,
        canonical=problem.canonical,
        seeds=problem.seeds,
    )
    for _ in range(count // 200):
        genotypes = evolution.ask(200)
        objectives = problem.objectives(genotypes)
        evolution.tell(Told(genotypes=genotypes, objectives=objectives, violations=np.zeros(len(genotypes))))
    assert evolution.front is not None
    points = evolution.front.objectives
    return hypervolume(points[pareto_mask(points)], problem.reference)
