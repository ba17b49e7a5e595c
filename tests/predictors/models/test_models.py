"""Every model: exact truths recovered, JSON round trips to the bit, scikit-learn as the reference."""

import json

import numpy as np
import pytest

from predictors.models import (
    GaussianOnResidual,
    MacsAffine,
    NonNegativeRidge,
    PriorRidge,
    Regressor,
    Rescale,
    RobustNonNegative,
    TreesOnResidual,
    candidates,
    choose,
    cross_predict,
    load_model,
    trees_of,
)

TRUTH = np.array([2.0, 0.5, 1.5, 0.0])


def rows(n: int, *, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = np.concatenate([np.ones((n, 1)), rng.uniform(0, 10, (n, 3))], axis=1)
    return design, design @ TRUTH * np.exp(noise * rng.standard_normal(n))


SOURCE = NonNegativeRidge().fit(*rows(50, seed=9))
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
def test_saved_models_predict_the_same_to_the_bit(name: str) -> None:
    model = REGRESSORS[name].fit(*rows(60, noise=0.05))
    again = load_model(json.loads(json.dumps(model.record())))
    new, _ = rows(40, seed=1)
    for first, second in zip(model.predict(new), again.predict(new), strict=True):
        assert first.tolist() == second.tolist()
        assert first.shape == (40,)
        assert (first > 0).all()


@pytest.mark.parametrize("name", REGRESSORS)
def test_fitting_again_gives_the_same(name: str) -> None:
    data = rows(60, noise=0.05)
    assert REGRESSORS[name].fit(*data).record() == REGRESSORS[name].fit(*data).record()


@pytest.mark.parametrize("name", [name for name in REGRESSORS if name != "affine"])
def test_an_exact_truth_is_found(name: str) -> None:
    new, truth = rows(100, seed=2)
    mean, _ = REGRESSORS[name].fit(*rows(80)).predict(new)
    assert np.abs(mean / truth - 1).mean() < 0.01


@pytest.mark.parametrize("name", REGRESSORS)
def test_units_do_not_matter(name: str) -> None:
    """Relative error: a device a thousand times slower has the same model, scaled."""
    design, latency = rows(60, noise=0.05)
    new, _ = rows(20, seed=1)
    fast, slow = (REGRESSORS[name].fit(design, latency * factor).predict(new) for factor in (1, 1000))
    for first, second in zip(fast, slow, strict=True):
        np.testing.assert_allclose(second, 1000 * first, rtol=1e-4)


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.parametrize("bad", [np.nan, 0.0, -1.0, np.inf])
def test_bad_latencies_are_refused_by_row(name: str, bad: float) -> None:
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


def test_macs_affine_is_the_least_squares_line_of_relative_errors() -> None:
    design, latency = rows(30, noise=0.1)
    found = np.array(MacsAffine(macs_columns=(1, 2)).fit(design, latency).record()["coefficients"])
    two = np.stack([np.ones(30), design[:, 1] + design[:, 2]], axis=1) / latency[:, None]
    constant, rate = np.linalg.lstsq(two, np.ones(30), rcond=None)[0]
    np.testing.assert_allclose(found, [constant, rate, rate, 0])


def test_robust_fit_ignores_throttled_rows() -> None:
    design, latency = rows(60, noise=0.01)
    latency[::10] *= 3
    new, truth = rows(50, seed=3)
    robust, plain = (
        model.fit(design, latency).predict(new)[0] for model in (RobustNonNegative(), NonNegativeRidge())
    )
    assert np.abs(robust / truth - 1).max() < 0.03
    assert np.abs(plain / truth - 1).mean() > 0.03


def test_prior_ridge_goes_from_the_fit_to_the_rescaled_prior() -> None:
    design, latency = rows(20, noise=0.02)
    prior = np.array([1.0, 1.0, 1.0, 1.0])
    free = NonNegativeRidge().fit(design, latency)
    loose, tight = (PriorRidge(prior=prior, penalty=p).fit(design, latency) for p in (1e-12, 1e9))
    np.testing.assert_allclose(loose.coefficients, free.coefficients, rtol=1e-4, atol=1e-6)
    ratio = design @ prior / latency
    np.testing.assert_allclose(tight.coefficients, ratio.sum() / (ratio**2).sum() * prior, rtol=1e-6)


def test_three_rows_of_a_faster_device_are_enough_to_rescale() -> None:
    design, latency = rows(3, seed=5)
    new, truth = rows(50, seed=6)
    mean, _ = Rescale(source=SOURCE).fit(design, latency / 7 + 0.3).predict(new)
    np.testing.assert_allclose(mean, truth / 7 + 0.3, rtol=1e-6)


@pytest.mark.parametrize("loss", ["absolute_error", "squared_error"])
def test_tree_arrays_equal_scikit_learn_to_the_bit(loss: str) -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (300, 6)).astype(float) + (rng.random((300, 6)) < 0.5) * rng.random((300, 6))
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.standard_normal(300)
    model = HistGradientBoostingRegressor(loss=loss, max_iter=80, max_depth=6, random_state=0).fit(x, y)
    new = np.concatenate([x, rng.uniform(-1, 6, (500, 6))])
    assert trees_of(model).predict(new).tolist() == model.predict(new).tolist()


def test_gaussian_process_equals_scikit_learn() -> None:
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


def test_spread_of_a_linear_model_is_that_of_fresh_rows() -> None:
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


def test_choice_is_never_worse_than_the_affine_model_and_finds_the_truth() -> None:
    for seed in range(5):
        design, latency = rows(25, noise=0.1, seed=seed)
        found = choose(candidates(25, macs_columns=(1, 2)), design, latency)
        assert found.scores[found.name] == min(found.scores.values()) <= found.scores["macs_affine"]
        outside = np.abs(found.predicted / latency - 1).mean()
        assert outside == pytest.approx(found.scores[found.name])


def test_candidates_grow_with_the_rows() -> None:
    few, some, many = (set(candidates(n, macs_columns=(1,))) for n in (10, 50, 200))
    assert few < some < many
    assert "prior_ridge_1" in candidates(10, macs_columns=(1,), prior=TRUTH)
    assert "rescaled" in candidates(10, macs_columns=(1,), source=SOURCE)


def test_cross_prediction_never_sees_its_own_row() -> None:
    design, latency = rows(20)
    spoiled = latency.copy()
    spoiled[4] *= 50
    clean, dirty = (cross_predict(NonNegativeRidge(), design, y, folds=20)[0] for y in (latency, spoiled))
    assert dirty[4] == pytest.approx(clean[4])
    assert not np.allclose(dirty, clean)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "oracle"}, "unknown model kind 'oracle'; known: linear"),
        ({"coefficients": [float("nan")] * 4}, "coefficients is not finite"),
        ({"covariance": [[1.0]]}, "covariance has shape"),
    ],
)
def test_broken_records_are_refused(change: dict[str, object], message: str) -> None:
    record = NonNegativeRidge().fit(*rows(20)).record() | change
    with pytest.raises(ValueError, match=message):
        load_model(record)
