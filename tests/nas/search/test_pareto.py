"""Pareto evolution and the one that looks ahead, against brute force on a known front."""

from collections.abc import Callable

import numpy as np
import pytest

from nas.search.front import hypervolume, pareto_mask
from nas.search.guided import Cheap, GuidedEvolution, _gains_2d
from nas.search.pareto import ParetoEvolution, Told
from predictors.models.sums import weighted_rows

CARDINALITIES = (4, 4, 4, 4, 4, 4)  # 4,096 genotypes


def objectives(genotypes: np.ndarray) -> np.ndarray:
    """Quality has diminishing returns and a bonus for one pair of genes; cost is a weighted sum.

    Equal qualities have to be equal to the bit on every machine: which of them goes on decides all that follows.
    """
    g = genotypes.astype(float)
    quality = weighted_rows(np.sqrt(1 + g), np.array([3.0, 2.0, 2.0, 1.0, 1.0, 0.5])) + (g[:, 0] == g[:, 3])
    return np.stack([30 - quality, weighted_rows(g, np.array([1.0, 3.0, 1.0, 2.0, 0.5, 4.0])) + 1], axis=1)


EVERYTHING = np.array(np.meshgrid(*map(np.arange, CARDINALITIES))).reshape(len(CARDINALITIES), -1).T
REFERENCE = (30.0, 40.0)
TRUE = hypervolume(objectives(EVERYTHING), REFERENCE)


def told(genotypes: np.ndarray, budget: float = np.inf) -> Told:
    found = objectives(genotypes)
    return Told(genotypes=genotypes, objectives=found, violations=np.maximum(0, found[:, 1] - budget))


def evolved(count: int, seed: int = 0, budget: float = np.inf) -> tuple[ParetoEvolution, np.ndarray]:
    evolution = ParetoEvolution(CARDINALITIES, np.random.default_rng(seed), population=20)
    batches = []
    while sum(map(len, batches)) < count:
        batches.append(evolution.ask(10))
        evolution.tell(told(batches[-1], budget))
    return evolution, np.concatenate(batches)


def test_nothing_is_asked_twice_and_the_front_is_that_of_everything() -> None:
    evolution, asked = evolved(600)
    assert len(np.unique(asked, axis=0)) == len(asked) == 600
    points = objectives(asked)
    expected = {tuple(point) for point in points[pareto_mask(points)]}
    assert evolution.front is not None
    assert {tuple(point) for point in evolution.front.objectives} == expected


def test_comes_near_the_true_front_in_a_tenth_of_the_space_where_random_does_not() -> None:
    shares = [hypervolume(objectives(evolved(400, seed)[1]), REFERENCE) / TRUE for seed in range(12)]
    drawn = [np.random.default_rng(seed).choice(len(EVERYTHING), 400, replace=False) for seed in range(12)]
    blind = [hypervolume(objectives(EVERYTHING[rows]), REFERENCE) / TRUE for rows in drawn]
    assert np.mean(np.array(shares) > max(blind)) > 0.9
    assert np.median(shares) > 0.985 > np.median(blind) + 0.02


def test_a_budget_is_kept_by_the_front_and_drawn_near_by_the_population() -> None:
    evolution, asked = evolved(300, budget=8.0)
    assert evolution.front is not None
    assert (evolution.front.objectives[:, 1] <= 8).all()
    assert (objectives(asked)[:, 1] <= 8).mean() > 3 * (objectives(EVERYTHING)[:, 1] <= 8).mean()


def test_an_exhausted_space_ends() -> None:
    evolution = ParetoEvolution((2, 3), np.random.default_rng(0), population=2)
    first = evolution.ask(50)
    assert len(first) == 6
    evolution.tell(Told(genotypes=first, objectives=np.ones((6, 2)), violations=np.zeros(6)))
    assert len(evolution.ask(5)) == 0


def test_the_seed_decides() -> None:
    assert (evolved(100, 3)[1] == evolved(100, 3)[1]).all()
    assert (evolved(100, 3)[1] != evolved(100, 4)[1]).any()


def test_seeds_come_first_and_equals_once() -> None:
    seeds = [(1, 1, 1, 1, 1, 1), (3, 3, 3, 3, 3, 3), (1, 1, 1, 1, 1, 1)]
    evolution = ParetoEvolution(CARDINALITIES, np.random.default_rng(0), seeds=seeds)
    assert evolution.ask(4)[:2].tolist() == [list(seeds[0]), list(seeds[1])]


def test_gains_in_closed_form_equal_differences_of_hypervolume() -> None:
    rng = np.random.default_rng(1)
    front, points = rng.random((9, 2)), rng.random((40, 2))
    before = hypervolume(front, (0.9, 0.8))
    slow = [hypervolume(np.concatenate([front, [point]]), (0.9, 0.8)) - before for point in points]
    inside = (points < (0.9, 0.8)).all(axis=1)
    assert _gains_2d(points[inside], front, np.array([0.9, 0.8])) == pytest.approx(np.array(slow)[inside], abs=1e-12)


def cheap_within(budget: float) -> Callable[[np.ndarray], Cheap]:
    def cheap(genotypes: np.ndarray) -> Cheap:
        cost = objectives(genotypes)[:, 1]
        over = np.maximum(0, cost - budget)
        return Cheap(objectives=cost[:, None], violations=over, features=genotypes.astype(float))

    return cheap


def guided(count: int, seed: int, budget: float = np.inf) -> tuple[GuidedEvolution, np.ndarray]:
    tracker = ParetoEvolution(CARDINALITIES, np.random.default_rng(seed), seeds=[(0,) * 6])
    search = GuidedEvolution(tracker=tracker, cheap=cheap_within(budget), reference=REFERENCE)
    batches = []
    while sum(map(len, batches)) < count:
        batches.append(search.ask(6))
        search.tell(told(batches[-1], budget))
    return search, np.concatenate(batches)


def test_looking_ahead_needs_fewer_evaluations() -> None:
    ahead = [hypervolume(objectives(guided(60, seed)[1]), REFERENCE) for seed in range(3)]
    plain = [hypervolume(objectives(evolved(60, seed)[1]), REFERENCE) for seed in range(3)]
    assert min(ahead) > max(plain)
    assert np.median(ahead) > 0.98 * TRUE


def test_no_evaluation_is_spent_beyond_the_budget() -> None:
    search, asked = guided(48, 0, budget=12.0)
    assert (objectives(asked)[:, 1] <= 12).all()
    assert len(np.unique(asked, axis=0)) == 48
    pairs = search.verification()
    assert len(pairs) == 36
    assert np.mean([abs(predicted - found) for _, predicted, found in pairs[-12:]]) < 0.5
