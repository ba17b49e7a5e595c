"""Linear models: closed forms, throttled rows, and a spread that is that of fresh rows."""

from collections.abc import Callable

import numpy as np

from predictors.models import MacsAffine, NonNegativeRidge, RobustNonNegative

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]


def test_macs_affine_is_the_least_squares_line_of_relative_errors(rows: Rows) -> None:
    design, latency = rows(30, noise=0.1)
    found = np.array(MacsAffine(macs_columns=(1, 2)).fit(design, latency).record()["coefficients"])
    two = np.stack([np.ones(30), design[:, 1] + design[:, 2]], axis=1) / latency[:, None]
    constant, rate = np.linalg.lstsq(two, np.ones(30), rcond=None)[0]
    np.testing.assert_allclose(found, [constant, rate, rate, 0])


def test_robust_fit_ignores_throttled_rows(rows: Rows) -> None:
    design, latency = rows(60, noise=0.01)
    latency[::10] *= 3
    new, truth = rows(50, seed=3)
    robust, plain = (
        model.fit(design, latency).predict(new)[0] for model in (RobustNonNegative(), NonNegativeRidge())
    )
    assert np.abs(robust / truth - 1).max() < 0.03
    assert np.abs(plain / truth - 1).mean() > 0.03


def test_spread_of_a_linear_model_is_that_of_fresh_rows(rows: Rows) -> None:
    """Standardised errors of new rows have unit spread, and grow where no row was fitted."""
    scores = []
    for seed in range(60):
        model = NonNegativeRidge().fit(*rows(25, noise=0.05, seed=seed))
        new, latency = rows(30, noise=0.05, seed=1000 + seed)
        mean, std = model.predict(new)
        scores.append((latency - mean) / std)
    assert 0.9 < np.std(np.concatenate(scores)) < 1.15
    far = np.array([[1.0, 0, 0, 0], [1.0, 5, 5, 5]])
    mean, std = model.predict(far)
    assert std[0] / mean[0] > 1.5 * std[1] / mean[1]
