"""Every model: exact truths recovered, JSON there and back, bad rows and records refused."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from predictors.models import (
    GaussianOnResidual,
    LinearModel,
    MacsAffine,
    NonNegativeRidge,
    PriorRidge,
    Regressor,
    Rescale,
    RobustNonNegative,
    TreesOnResidual,
    load_model,
)
from predictors.models.protocol import array, check_rows

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]
TRUTH = np.array([2.0, 0.5, 1.5, 0.0])
SOURCE = LinearModel(coefficients=TRUTH, noise=0.01, covariance=np.zeros((4, 4)))
REGRESSORS: dict[str, Regressor] = {
    "affine": MacsAffine(macs_columns=(1, 2)),
    "nonnegative": NonNegativeRidge(),
    "ridge": NonNegativeRidge(penalty=1e-3),
    "robust": RobustNonNegative(),
    "prior": PriorRidge(prior=TRUTH / 3, penalty=0.1),
    "rescaled": Rescale(source=SOURCE),
    "trees": TreesOnResidual(base=NonNegativeRidge()),
    "gaussian": GaussianOnResidual(base=NonNegativeRidge()),
    "gaussian_ard": GaussianOnResidual(base=NonNegativeRidge(), ard=True),
}


@pytest.mark.parametrize("name", REGRESSORS)
def test_saved_models_predict_the_same(rows: Rows, name: str) -> None:
    model = REGRESSORS[name].fit(*rows(60, noise=0.05))
    again = load_model(json.loads(json.dumps(model.record())))
    new, _ = rows(40, seed=1)
    for first, second in zip(model.predict(new), again.predict(new), strict=True):
        np.testing.assert_allclose(second, first, rtol=1e-12)
        assert first.shape == (40,)
        assert (first > 0).all()


@pytest.mark.parametrize("name", REGRESSORS)
def test_fitting_again_gives_the_same(rows: Rows, name: str) -> None:
    data = rows(60, noise=0.05)
    assert REGRESSORS[name].fit(*data).record() == REGRESSORS[name].fit(*data).record()


@pytest.mark.parametrize("name", [name for name in REGRESSORS if name != "affine"])
def test_an_exact_truth_is_found(rows: Rows, name: str) -> None:
    new, truth = rows(100, seed=2)
    mean, _ = REGRESSORS[name].fit(*rows(80)).predict(new)
    assert np.abs(mean / truth - 1).mean() < 0.01


@pytest.mark.parametrize("name", REGRESSORS)
def test_units_do_not_matter(rows: Rows, name: str) -> None:
    """Relative error: a device a thousand times slower has the same model, scaled."""
    design, latency = rows(60, noise=0.05)
    new, _ = rows(20, seed=1)
    fast, slow = (REGRESSORS[name].fit(design, latency * factor).predict(new) for factor in (1, 1000))
    for first, second in zip(fast, slow, strict=True):
        np.testing.assert_allclose(second, 1000 * first, rtol=1e-4)


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.parametrize("bad", [np.nan, 0.0, -1.0, np.inf])
def test_bad_latencies_are_refused_by_row(rows: Rows, name: str, bad: float) -> None:
    design, latency = rows(60)
    latency[7] = bad
    with pytest.raises(ValueError, match="latency of row 7 must be finite and positive"):
        REGRESSORS[name].fit(design, latency)


@pytest.mark.parametrize("name", ["nonnegative", "ridge", "robust", "prior", "affine"])
def test_no_linear_model_can_make_a_network_free(name: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        design, latency = rng.random((12, 4)) * (rng.random(4) > 0.2), rng.random(12) + 0.1
        design[:, 0] = 1
        coefficients = np.array(REGRESSORS[name].fit(design, latency).record()["coefficients"])
        assert (coefficients >= 0).all()
        assert coefficients.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "oracle"}, "unknown model kind 'oracle'; known: linear"),
        ({"coefficients": [float("nan")] * 4}, "coefficients is not finite"),
        ({"covariance": [[1.0]]}, "covariance has shape"),
    ],
)
def test_broken_records_are_refused(rows: Rows, change: dict[str, object], message: str) -> None:
    record = NonNegativeRidge().fit(*rows(20)).record() | change
    with pytest.raises(ValueError, match=message):
        load_model(record)


def test_designs_that_cannot_be_are_refused_by_row() -> None:
    with pytest.raises(ValueError, match=r"design must be \(n, k\) and latency_ms \(n,\), got \(2, 3\) and \(3,\)"):
        check_rows(np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match="design row 1 is not finite"):
        check_rows(np.array([[1.0, 2.0], [1.0, np.inf]]), np.ones(2))


def test_arrays_of_a_record_have_their_shape() -> None:
    assert array({"x": [[1, 2]]}, "x", None, 2).tolist() == [[1.0, 2.0]]
    assert array({"x": []}, "x", 0, 3).shape == (0, 3)
    assert float(array({"x": 2}, "x")) == 2
    with pytest.raises(ValueError, match=r"x has shape \(2,\), expected \(3,\)"):
        array({"x": [1, 2]}, "x", 3)
    with pytest.raises(ValueError, match="x is not finite"):
        array({"x": [1, float("nan")]}, "x", None)
