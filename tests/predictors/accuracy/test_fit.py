"""The parts of the accuracy prior: inverse scores, known slopes, ceilings and distances by hand."""

from dataclasses import replace

import numpy as np
import pytest

from predictors import AccuracyPrior
from predictors.accuracy.evidence import shapes_of
from predictors.accuracy.fit import CHANCE, Ceiling, Fit, Landscape, Regression, design, scatter, score_of, top1_of


def test_nothing_is_expected_of_networks_without_capacity(prior: AccuracyPrior) -> None:
    fit, shapes = Fit.of(prior.results), shapes_of(prior.archs[:1])
    shapes = replace(shapes, capacity=shapes.capacity - 30)
    mean, low, high = fit.interval(shapes, np.array([99.0]), np.ones(1), fit.novelty(shapes))
    assert [mean[0], low[0]] == pytest.approx([CHANCE, CHANCE], abs=1e-3)
    assert high[0] <= 90


def test_ceiling_of_two_results(prior: AccuracyPrior) -> None:
    """Steps by multiply-adds and parameters, a line by activations, odds in proportion below the least."""
    pair = prior.results.where(np.isin(prior.results.models, ("mit-b0", "mit-l1")))
    low, high = pair.where(pair.models == "mit-b0"), pair.where(pair.models == "mit-l1")
    ceiling = Ceiling.fit(pair)
    assert ceiling(low.shapes)[0] == low.top1[0]
    assert ceiling(high.shapes)[0] == high.top1[0]
    between = replace(high.shapes, capacity=(low.shapes.capacity + high.shapes.capacity) / 2)
    assert ceiling(between)[0] == low.top1[0]
    capacity = high.shapes.capacity.copy()
    capacity[:, 2] = (low.shapes.capacity[:, 2] + high.shapes.capacity[:, 2]) / 2
    assert ceiling(replace(high.shapes, capacity=capacity))[0] == pytest.approx((low.top1[0] + high.top1[0]) / 2)
    half = replace(low.shapes, whole=low.shapes.whole - np.log(2))
    odds = (low.top1[0] - CHANCE) / (100 - low.top1[0]) / 2
    assert ceiling(half)[0] == pytest.approx((CHANCE + 100 * odds) / (1 + odds))


def test_scores_and_accuracies_are_inverse() -> None:
    top1 = np.array([0.2, 10.0, 45.0, 75.0, 86.0, 89.5])
    assert top1_of(score_of(top1)) == pytest.approx(top1)
    assert (np.diff(score_of(top1)) > 0).all()


def test_regression_finds_slopes_and_families_again(prior: AccuracyPrior) -> None:
    """Accuracies made from known slopes; a slope that would be negative is left out."""
    results = prior.results
    log_parameters, chance = results.shapes.capacity[:, 1], np.random.default_rng(0).normal(0, 0.01, len(results))
    effect = np.where(results.families == "repvit", 0.5, 0.0)
    score = 0.3 * log_parameters - 0.05 * results.doublings - 3 + effect + chance
    found = Regression.fit(replace(results, top1=top1_of(score)))
    assert found.slopes[1] == pytest.approx(0.3, abs=0.02)
    assert found.slopes[6] == 0
    assert found.effects["repvit"] - found.effects["mobilenetv2"] == pytest.approx(0.5, abs=0.1)


def test_a_score_of_nothing_is_chance_and_one_without_end_is_the_floor() -> None:
    assert top1_of(np.array([-50.0, 50.0])) == pytest.approx([CHANCE, 90])
    assert score_of(np.array([(CHANCE + 90) / 2])) == pytest.approx(0)


def test_scatter_is_linear_between_its_points() -> None:
    assert scatter(np.array([10, 60, 67.5, 75, 80, 84, 90])) == pytest.approx([1.5, 1.5, 1.25, 1, 1, 1.25, 1.5])


def test_columns_of_the_regression(prior: AccuracyPrior) -> None:
    """Above the knee of 5 million activations the fourth column is 0, below it the logarithm of the share."""
    shapes = shapes_of(prior.archs[:2])
    capacity = shapes.capacity.copy()
    capacity[:, 2] = np.log([1e7, 2.5e6])
    found = design(replace(shapes, capacity=capacity), np.array([0.0, 1.0]), np.array([0.5, 2.0]))
    assert found.shape == (2, 7)
    assert found[:, 3] == pytest.approx([0, np.log(0.5)])
    assert found[:, 5:].tolist() == [[0, 0.5], [1, 2]]


def test_published_networks_are_at_no_distance(prior: AccuracyPrior) -> None:
    landscape, shapes = Landscape.fit(prior.results), shapes_of(prior.archs)
    assert landscape.capacity_novelty(shapes) == pytest.approx(0, abs=1e-6)
    assert landscape.layout_novelty(shapes) == pytest.approx(0, abs=1e-6)
    far = replace(shapes, capacity=shapes.capacity + 10, layout=np.full_like(shapes.layout, np.nan))
    assert (landscape.capacity_novelty(far) > 1).all()
    assert (landscape.layout_novelty(far) == 0).all()
