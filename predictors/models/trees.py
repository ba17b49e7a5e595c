"""Gradient-boosted trees on the log residual of a linear model (scikit-learn's), kept as plain arrays of nodes."""

from dataclasses import dataclass

import numpy as np

from predictors.models.linear import LinearModel
from predictors.models.protocol import Record, Regressor, array, check_rows

_NODE = ("feature", "threshold", "left", "right", "value")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trees:
    """Binary trees as arrays (trees, nodes): go `left` where x[feature] <= threshold; a leaf points to itself."""

    baseline: float
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    depth: int

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Sum of the baseline and the leaf of each tree, shape (n,), in scikit-learn's order of additions."""
        total, rows = np.full(len(x), self.baseline), np.arange(len(x))
        for tree in range(len(self.feature)):
            at = np.zeros(len(x), dtype=np.intp)
            for _ in range(self.depth):
                goes_left = x[rows, self.feature[tree, at]] <= self.threshold[tree, at]
                at = np.where(goes_left, self.left[tree, at], self.right[tree, at])
            total += self.value[tree, at]
        return total

    def record(self) -> Record:
        """The arrays as lists."""
        arrays = {name: getattr(self, name).tolist() for name in _NODE}
        return {"baseline": self.baseline, "depth": self.depth, **arrays}

    @classmethod
    def from_record(cls, record: Record) -> "Trees":
        """Read what `record` gave.

        Raises:
            ValueError: arrays of different shapes, or a child that does not exist.
        """
        feature = array(record, "feature", None, None)
        found = {name: array(record, name, *feature.shape) for name in _NODE}
        for name in ("feature", "left", "right"):
            found[name] = found[name].astype(np.intp)
            if feature.size and (
                found[name].min() < 0 or (name != "feature" and found[name].max() >= feature.shape[1])
            ):
                raise ValueError(f"trees: {name} is out of range")
        return cls(baseline=float(array(record, "baseline")), depth=int(record["depth"]), **found)


def trees_of(regressor: object) -> Trees:
    """The trees inside a fitted `HistGradientBoostingRegressor` without categorical columns or missing values.

    scikit-learn offers no public way to its nodes; a test holds this to its predictions bit by bit.
    """
    nodes = [stage[0].nodes for stage in regressor._predictors]  # type: ignore[attr-defined]
    widest = max((len(tree) for tree in nodes), default=1)
    shape = (len(nodes), widest)
    feature, left, right = (np.zeros(shape, dtype=np.intp) for _ in range(3))
    threshold, value = np.zeros(shape), np.zeros(shape)
    for index, tree in enumerate(nodes):
        itself, leaf, n = np.arange(len(tree)), tree["is_leaf"].astype(bool), len(tree)
        feature[index, :n] = np.where(leaf, 0, tree["feature_idx"])
        threshold[index, :n] = np.where(leaf, 0.0, tree["num_threshold"])
        left[index, :n] = np.where(leaf, itself, tree["left"])
        right[index, :n] = np.where(leaf, itself, tree["right"])
        value[index, :n] = tree["value"]
    return Trees(
        baseline=float(np.ravel(regressor._baseline_prediction)[0]),  # type: ignore[attr-defined]
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        value=value,
        depth=max((int(tree["depth"].max()) for tree in nodes), default=0),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class TreesModel:
    """What `base` predicts times exp(what `trees` predict); the spread is that of `base`."""

    base: LinearModel
    trees: Trees

    def predict(self, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in ms, each (n,), of rows (n, k)."""
        mean, std = self.base.predict(design)
        factor = np.exp(self.trees.predict(design))
        return mean * factor, std * factor

    def record(self) -> Record:
        """What `load_model` reads back, as JSON values: the base and the nodes of all trees."""
        return {"kind": "trees", "base": self.base.record(), "trees": self.trees.record()}

    @classmethod
    def from_record(cls, record: Record) -> "TreesModel":
        """Read what `record` gave."""
        base, trees = LinearModel.from_record(record["base"]), Trees.from_record(record["trees"])
        if trees.feature.size and trees.feature.max() >= len(base.coefficients):
            raise ValueError("trees: feature is out of range")
        return cls(base=base, trees=trees)


@dataclass(frozen=True, kw_only=True)
class TreesOnResidual:
    """Shallow trees with a small step on log(latency / linear); absolute loss, so that outliers count once."""

    base: Regressor
    rounds: int = 100
    learning_rate: float = 0.05
    min_leaf: int = 10
    depth: int = 3
    loss: str = "absolute_error"

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> TreesModel:
        """Fit the base, then the trees to the logarithm of measured over its prediction, (n,)."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        check_rows(design, latency_ms)
        base = self.base.fit(design, latency_ms)
        assert isinstance(base, LinearModel)
        regressor = HistGradientBoostingRegressor(
            loss=self.loss,
            learning_rate=self.learning_rate,
            max_iter=self.rounds,
            min_samples_leaf=self.min_leaf,
            max_depth=self.depth,
            early_stopping=False,
            random_state=0,
        ).fit(design, np.log(latency_ms / base.predict(design)[0]))
        return TreesModel(base=base, trees=trees_of(regressor))
