"""The surrogate against a line, scipy's densities, and the dense form of a Gaussian process."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from predictors.accuracy.surrogate import LENGTHS, NOISES, WEIGHTS, Kernel, fit_surrogate


def test_the_surrogate_interpolates_a_line_and_says_where_it_is_unsure() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 5))
    values = rows @ np.arange(5.0) + 7
    model = fit_surrogate(rows, values)
    asked = rng.normal(size=(50, 5))
    mean, _ = model.predict(asked)
    assert mean == pytest.approx(asked @ np.arange(5.0) + 7, abs=0.05)
    bumpy = fit_surrogate(rows, np.sin(3 * rows[:, 0]) + np.cos(2 * rows[:, 1]))
    assert bumpy.predict(10 * asked)[1].mean() > 1.5 * bumpy.predict(rows)[1].mean()


def test_the_kernel_is_that_of_the_highest_likelihood() -> None:
    """Against normal densities at the best scale, kernel by kernel."""
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(25, 4))
    values = np.sin(2 * rows[:, 0]) + rows[:, 1] + 0.1 * rng.normal(size=25)
    model = fit_surrogate(rows, values)
    target = (values - values.mean()) / values.std()

    def likelihood(kernel: Kernel) -> float:
        covariance = kernel.between(model.rows, model.rows) + kernel.noise * np.eye(25)
        scale = float(target @ np.linalg.solve(covariance, target)) / 25
        return float(multivariate_normal(np.zeros(25), scale * covariance).logpdf(target))

    others = [Kernel(weight=w, length=n, noise=s) for w in WEIGHTS for n in LENGTHS for s in NOISES]
    assert likelihood(model.kernel) == pytest.approx(max(map(likelihood, others)))


def test_covariances_by_hand() -> None:
    kernel = Kernel(weight=0.25, length=0.5, noise=0.1)
    first, second = np.array([[1.0, 2.0]]), np.array([[1.0, 2.0], [3.0, 2.0]])
    line, bell = np.array([5, 7]) / 2, np.exp([0, -4 / (2 * 2 * 0.25)])
    assert kernel.between(first, second)[0] == pytest.approx(0.25 * line + 0.75 * bell)
    assert kernel.at(second)[0] == pytest.approx(kernel.between(second, second)[0, 0])


def test_without_noise_what_was_evaluated_is_given_back() -> None:
    rng = np.random.default_rng(1)
    rows, values = rng.normal(size=(12, 3)), rng.normal(size=12)
    model = fit_surrogate(rows, values, Kernel(weight=0.5, length=0.5, noise=1e-9))
    mean, std = model.predict(rows)
    assert mean == pytest.approx(values, abs=1e-5)
    assert (std < 1e-3 * model.predict(10 + rows)[1]).all()
