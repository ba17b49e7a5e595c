"""Trees as plain arrays: scikit-learn's predictions, broken arrays refused, and what they add to a linear model."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors.models import NonNegativeRidge, Trees, TreesModel, TreesOnResidual, trees_of

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]
STUMP = {
    "baseline": 1.0,
    "depth": 1,
    "feature": [[0, 0, 0]],
    "threshold": [[0.5, 0.0, 0.0]],
    "left": [[1, 1, 2]],
    "right": [[2, 1, 2]],
    "value": [[0.0, 10.0, 20.0]],
}


def test_a_stump_by_hand() -> None:
    trees = Trees.from_record(STUMP)
    assert trees.predict(np.array([[0.2], [0.5], [0.7]])).tolist() == [11, 11, 21]
    assert Trees.from_record(trees.record()).record() == STUMP


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": [[3, 1, 2]]}, "trees: left is out of range"),
        ({"feature": [[-1, 0, 0]]}, "trees: feature is out of range"),
        ({"value": [[0.0, 10.0]]}, r"value has shape \(1, 2\), expected \(1, 3\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trees.from_record(STUMP | change)


def test_features_that_the_design_does_not_have_are_refused(rows: Rows) -> None:
    base = NonNegativeRidge().fit(*rows(20))
    record = {"base": base.record(), "trees": STUMP | {"feature": [[4, 0, 0]]}}
    with pytest.raises(ValueError, match="trees: feature is out of range"):
        TreesModel.from_record(record)


@pytest.mark.parametrize("loss", ["absolute_error", "squared_error"])
def test_tree_arrays_equal_scikit_learn_to_the_bit(loss: str) -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (300, 6)).astype(float) + (rng.random((300, 6)) < 0.5) * rng.random((300, 6))
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.standard_normal(300)
    model = HistGradientBoostingRegressor(loss=loss, max_iter=80, max_depth=6, random_state=0).fit(x, y)
    new = np.concatenate([x, rng.uniform(-1, 6, (500, 6))])
    assert trees_of(model).predict(new).tolist() == model.predict(new).tolist()


def test_a_step_that_no_line_has_is_learned(rows: Rows) -> None:
    """Rows with a large third column take twice as long."""
    design, latency = rows(200)
    latency = latency * np.where(design[:, 3] > 5, 2, 1)
    new, truth = rows(100, seed=1)
    truth = truth * np.where(new[:, 3] > 5, 2, 1)
    base = NonNegativeRidge()
    line, trees = (kind.fit(design, latency).predict(new)[0] for kind in (base, TreesOnResidual(base=base)))
    assert np.abs(trees / truth - 1).mean() < 0.3 * np.abs(line / truth - 1).mean()
