"""Accuracy predicted from evaluations: known truths, the prior as mean, coverage."""

import numpy as np
import pytest

from predictors import AccuracyPrior
from predictors.accuracy.from_evaluations import AccuracyModel, fit_accuracy
from search_space import named_space

K = 12


def truth(features: np.ndarray) -> np.ndarray:
    """Log error linear in the features with one product: about 70 to 95 %."""
    score = features @ np.linspace(0.1, 0.4, K) + 0.5 * features[:, 0] * features[:, 1]
    return 100 - 30 * np.exp(-score + 0.6)


def drawn(n: int, seed: int, *, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.random((n, K))
    return features, np.clip(truth(features) + noise * rng.standard_normal(n), 0, 100)


def test_held_out_accuracies_are_predicted_and_ranked() -> None:
    features, accuracy = drawn(120, 0)
    others, expected = drawn(400, 1, noise=0)
    model = fit_accuracy(features, accuracy)
    found = model.predict(others)[0]
    assert np.abs(found - expected).mean() < 0.3
    assert model.report.mae == pytest.approx(np.abs(found - expected).mean(), abs=0.2)
    assert model.report.spearman > 0.98
    assert f"Spearman {model.report.spearman:.3f}" in model.report.describe()
    assert "held-out error" in model.report.describe()


@pytest.mark.parametrize("n", [30, 80])
def test_intervals_cover_as_promised(n: int) -> None:
    inside = []
    for seed in range(12):
        features, accuracy = drawn(n, seed, noise=0.5)
        others, expected = drawn(200, 1000 + seed, noise=0.5)
        _, low, high = fit_accuracy(features, accuracy).predict(others)
        inside.append(((low <= expected) & (expected <= high)).mean())
    assert 0.85 <= np.mean(inside) <= 0.98


def test_a_good_prior_is_the_mean_while_evaluations_are_few() -> None:
    """The prior is off by one factor of the log error; 12 evaluations cannot tell 12 features."""
    features, accuracy = drawn(12, 3)
    others, expected = drawn(300, 4, noise=0)
    prior, other_prior = (100 - 1.3 * (100 - truth(x)) for x in (features, others))
    model = fit_accuracy(features, accuracy, prior)
    assert model.report.mean == "prior"
    with_prior = np.abs(model.predict(others, other_prior)[0] - expected).mean()
    without = np.abs(fit_accuracy(features, accuracy).predict(others)[0] - expected).mean()
    assert with_prior < 0.5 * without
    with pytest.raises(ValueError, match="was fitted with a prior"):
        model.predict(others)


def test_a_prior_that_knows_nothing_is_left_alone() -> None:
    features, accuracy = drawn(80, 5)
    prior = np.random.default_rng(0).uniform(60, 95, 80)
    assert fit_accuracy(features, accuracy, prior).report.mean == "features"


def test_the_published_prior_and_the_features_of_a_space_fit() -> None:
    """Evaluations that follow the published prior, 3 points lower: 20 of them find it."""
    space, rng, prior = named_space("efficientvit"), np.random.default_rng(0), AccuracyPrior.fit()
    archs = [space.sample(rng) for _ in range(120)]
    features = np.array([space.features(arch) for arch in archs])
    expected = prior.predict(archs).mean
    model = fit_accuracy(features[:20], expected[:20] - 3, expected[:20])
    found, low, high = model.predict(features[20:], expected[20:])
    assert model.report.mean == "prior"
    assert np.abs(found - expected[20:] + 3).mean() < 1
    assert ((low <= found) & (found <= high)).all()


def test_same_evaluations_same_model() -> None:
    features, accuracy = drawn(40, 0)
    first, second = (fit_accuracy(features, accuracy) for _ in range(2))
    assert isinstance(first, AccuracyModel)
    assert first.predict(features)[0].tolist() == second.predict(features)[0].tolist()


@pytest.mark.parametrize(
    ("n", "value", "message"),
    [(7, 50.0, "at least 8 evaluations, got 7"), (20, 101.0, "percentages"), (20, float("nan"), "percentages")],
)
def test_impossible_evaluations_are_refused(n: int, value: float, message: str) -> None:
    features, accuracy = drawn(n, 0)
    accuracy[0] = value
    with pytest.raises(ValueError, match=message):
        fit_accuracy(features, accuracy)


def test_too_few_evaluations_give_no_interval() -> None:
    features, accuracy = drawn(8, 0)
    with pytest.raises(ValueError, match="no interval at 90%: it needs 9 evaluations"):
        fit_accuracy(features, accuracy).predict(features)
