"""The Gaussian process: scikit-learn's answers, and the linear model far from what it knows."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors.models import GaussianModel, GaussianOnResidual, NonNegativeRidge

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]


def test_gaussian_process_equals_scikit_learn(rows: Rows) -> None:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    design, latency = rows(40, noise=0.05)
    new, _ = rows(30, seed=1)
    model = GaussianOnResidual(base=NonNegativeRidge()).fit(design, latency)
    base = model.base.predict
    kernel = ConstantKernel(model.signal) * RBF(1.0) + WhiteKernel(model.noise)
    scaled = (design - model.center) / model.scale
    process = GaussianProcessRegressor(kernel, optimizer=None, alpha=1e-10)
    process.fit(scaled, np.log(latency / base(design)[0]))
    log, std = process.predict((new - model.center) / model.scale, return_std=True)
    mean, spread = model.predict(new)
    np.testing.assert_allclose(mean, base(new)[0] * np.exp(log), rtol=1e-9)
    np.testing.assert_allclose(spread / mean, std, rtol=1e-6)


def test_far_away_only_the_linear_model_is_left(rows: Rows) -> None:
    model = GaussianOnResidual(base=NonNegativeRidge()).fit(*rows(40, noise=0.05))
    far = np.array([[1.0, 1e6, 1e6, 1e6]])
    mean, std = model.predict(far)
    assert mean == pytest.approx(model.base.predict(far)[0])
    assert std / mean == pytest.approx(np.sqrt(model.signal + model.noise))


@pytest.mark.parametrize("change", [{"noise": 0.0}, {"signal": -1.0}, {"scale": [1.0, 1.0, 0.0, 1.0]}])
def test_variances_that_cannot_be_are_refused(rows: Rows, change: dict[str, object]) -> None:
    record = GaussianOnResidual(base=NonNegativeRidge()).fit(*rows(20, noise=0.05)).record()
    with pytest.raises(ValueError, match="scale, signal and noise of a Gaussian process must be positive"):
        GaussianModel.from_record(record | change)
