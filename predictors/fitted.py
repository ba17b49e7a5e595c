"""A predictor fitted to the measured networks of a latency table, with a conformal interval."""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from predictors.estimate import LatencyPrediction, Origin, check_confidence
from predictors.features import FEATURES, cost_matrix, features
from predictors.metrics import metrics
from predictors.table import LatencyRow, LatencyTable
from search_space import ArchConfig

SCHEMA = "latency-predictor/1"
MIN_CALIBRATION = 9  # networks below which no 90 % interval exists
_BYTES = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}
_PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2)
Fit = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedPredictor:
    """A linear model of physics features: latency = features @ coefficients, in ms.

    `residuals` are measured / predicted of networks not fitted on: the calibration networks or, in a table without
    any, those of each cross-validation fold. `ranges` (2, k) are the smallest and largest features of the fitted
    networks; `report` holds the errors on held-out networks.
    """

    device: str
    space: str
    precision: str
    model: str
    coefficients: np.ndarray
    ranges: np.ndarray
    residuals: np.ndarray
    report: dict[str, Any]
    rows_digest: str
    origin: Origin = "measured"

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in ms; see `LatencyPrediction`.

        Raises:
            ValueError: too few calibration networks for this confidence.
        """
        check_confidence(confidence)
        design = features(cost_matrix(archs), bytes_per_element=_BYTES[self.precision])
        p50 = np.maximum(design @ self.coefficients, 1e-6)
        low, high = self._ends(confidence)
        excess = self._outside(design)
        widening = excess ** (2 * confidence - 1)
        return LatencyPrediction(
            p50_ms=p50,
            low_ms=p50 * min(low, 1.0) / widening,
            high_ms=p50 * max(high, 1.0) * widening,
            extrapolated=excess > 1,
            confidence=confidence,
            origin=self.origin,
        )

    def describe(self) -> str:
        """Origin and held-out error."""
        report = self.report
        return (
            f"{self.device}: measured on {report['n_fit']} networks ({self.model}), error on "
            f"{report['n_held_out']} others {report['mape']:.1%} on average, noise floor {report['noise_floor']:.1%}"
        )

    def _ends(self, confidence: float) -> tuple[float, float]:
        """Conformal ends as ratios to the median: ranks of n + 1 (Vovk et al., 2005)."""
        ratios, n = np.sort(self.residuals), len(self.residuals)
        if confidence == 0.5:
            return 1.0, 1.0
        rank = math.ceil((n + 1) * confidence - 1e-9)
        if n < MIN_CALIBRATION or rank > n:
            needed = max(MIN_CALIBRATION, math.ceil(confidence / (1 - confidence) - 1e-9))
            raise ValueError(
                f"no interval at {confidence:.0%} confidence: it needs {needed} calibration networks, the table of "
                f"device {self.device} has {n}; collect more, or ask for --confidence 0.5"
            )
        return float(ratios[n - rank]), float(ratios[rank - 1])

    def _outside(self, design: np.ndarray) -> np.ndarray:
        """Factor, at least 1, by which the worst feature leaves the fitted range."""
        low, high = self.ranges
        above = np.where(high > 0, design / np.where(high > 0, high, 1), 1 + design)
        below = np.where(low > 0, low / np.maximum(design, 1e-12), 1)
        return np.asarray(np.clip(np.maximum(above, below).max(axis=1) / 1.1, 1.0, 100.0))

    def save(self, path: Path) -> None:
        """Write as JSON."""
        record = {
            "schema_version": SCHEMA,
            "device": self.device,
            "space": self.space,
            "precision": self.precision,
            "model": self.model,
            "features": list(FEATURES),
            "coefficients": self.coefficients.tolist(),
            "ranges": self.ranges.tolist(),
            "residuals": self.residuals.tolist(),
            "report": self.report,
            "rows_digest": self.rows_digest,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(path)


def load_fitted(path: Path) -> FittedPredictor:
    """Read what `FittedPredictor.save` wrote.

    Raises:
        ValueError: missing or not such a file; names it.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema_version"] != SCHEMA or record["features"] != list(FEATURES):
            raise ValueError("made by another version of this program; run nas fit again")
        predictor = FittedPredictor(
            device=str(record["device"]),
            space=str(record["space"]),
            precision=str(record["precision"]),
            model=str(record["model"]),
            coefficients=np.array(record["coefficients"], dtype=float),
            ranges=np.array(record["ranges"], dtype=float),
            residuals=np.array(record["residuals"], dtype=float),
            report=dict(record["report"]),
            rows_digest=str(record["rows_digest"]),
        )
        if predictor.coefficients.shape != (len(FEATURES),) or predictor.ranges.shape != (2, len(FEATURES)):
            raise ValueError("wrong number of coefficients")
        if not all(np.isfinite(a).all() for a in (predictor.coefficients, predictor.ranges, predictor.residuals)):
            raise ValueError("a coefficient is not finite")
    except OSError as error:
        raise ValueError(f"cannot read latency predictor {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a latency predictor: {error}") from None
    return predictor


def fit_latency(table: LatencyTable) -> FittedPredictor:
    """Fit to the `fit` networks of a table, calibrate on `cal`, report on `test`.

    The model with the smallest cross-validated error is taken: affine in multiply-adds, non-negative physics, or
    non-negative ridge on physics with its penalty; all in relative error. No coefficient is ever negative: a search
    would find the corner where a negative one makes a network free.

    Raises:
        ValueError: fewer than 6 networks to fit or none held out.
    """
    bytes_per_element = _BYTES[table.manifest.precision]
    fit_rows, cal_rows, test_rows = (table.networks(split) for split in ("fit", "cal", "test"))
    if len(fit_rows) < 6 or not test_rows:
        raise ValueError(
            f"the table has {len(fit_rows)} networks to fit and {len(test_rows)} held out; needs 6 and 1"
        )
    design, latency = _matrix(fit_rows, bytes_per_element), _latency(fit_rows)
    scores = {name: cross_validate(fit, design, latency) for name, fit in MODELS.items()}
    chosen = min(scores, key=lambda name: scores[name])
    coefficients = MODELS[chosen](design, latency)
    test, measured = _matrix(test_rows, bytes_per_element), _latency(test_rows)
    if cal_rows:
        residuals = _latency(cal_rows) / np.maximum(_matrix(cal_rows, bytes_per_element) @ coefficients, 1e-9)
    else:
        residuals = latency / np.maximum(cross_predict(MODELS[chosen], design, latency), 1e-9)
    baseline = metrics(test @ _fit_affine(design, latency), measured)
    report: dict[str, Any] = {
        **metrics(test @ coefficients, measured),
        "noise_floor": table.noise_floor("test"),
        "n_fit": len(fit_rows),
        "n_calibration": len(cal_rows),
        "n_held_out": len(test_rows),
        "interval_from": "calibration" if cal_rows else "cross-validation",
        "cross_validated_mape": scores,
        "baselines": {"macs_affine": baseline},
    }
    digest = hashlib.sha256("".join(sorted(row.model_dump_json() for row in table.rows)).encode()).hexdigest()
    predictor = FittedPredictor(
        device=table.manifest.device,
        space=table.manifest.space,
        precision=table.manifest.precision,
        model=chosen,
        coefficients=coefficients,
        ranges=np.stack([design.min(axis=0), design.max(axis=0)]),
        residuals=residuals,
        report=report,
        rows_digest=digest,
    )
    if len(residuals) >= MIN_CALIBRATION:
        archs = [ArchConfig.from_json(row.key_json) for row in test_rows]
        found = predictor.predict(archs, confidence=0.9)
        report["coverage"] = float((measured <= found.high_ms).mean())
    else:
        report["coverage"] = None
    return predictor


def _matrix(rows: Sequence[LatencyRow], bytes_per_element: int) -> np.ndarray:
    return features(
        cost_matrix([ArchConfig.from_json(row.key_json) for row in rows]), bytes_per_element=bytes_per_element
    )


def _latency(rows: Sequence[LatencyRow]) -> np.ndarray:
    return np.array([row.p50_ms for row in rows])


def _fit_affine(design: np.ndarray, latency: np.ndarray) -> np.ndarray:
    """Constant plus one rate for all multiply-adds."""
    from scipy.optimize import nnls

    rates = np.array([name.endswith("gmacs") and name != "unaligned_gmacs" for name in FEATURES])
    two = np.stack([np.ones(len(design)), design[:, rates].sum(axis=1)], axis=1)
    (constant, rate), _ = nnls(two / latency[:, None], np.ones(len(latency)))
    return np.asarray(np.where(rates, rate, 0.0) + constant * (np.array(FEATURES) == "constant"))


def _fit_nonnegative(design: np.ndarray, latency: np.ndarray) -> np.ndarray:
    """Non-negative physics features."""
    from scipy.optimize import nnls

    scale = np.maximum(design.max(axis=0), 1e-12)
    coefficients, _ = nnls(design / scale / latency[:, None], np.ones(len(latency)), maxiter=10_000)
    return np.asarray(coefficients / scale)


def _ridge(penalty: float) -> Fit:
    """Non-negative physics features with a penalty on the squared share that each has of the mean latency."""

    def fit(design: np.ndarray, latency: np.ndarray) -> np.ndarray:
        from scipy.optimize import nnls

        scale = np.maximum(design.max(axis=0), 1e-12) / latency.mean()
        x, width = design / scale / latency[:, None], design.shape[1]
        rows = np.concatenate([x, np.sqrt(penalty * len(x)) * np.eye(width)])
        shares, _ = nnls(rows, np.concatenate([np.ones(len(x)), np.zeros(width)]), maxiter=10_000)
        return np.asarray(shares / scale)

    return fit


MODELS: dict[str, Fit] = {
    "macs_affine": _fit_affine,
    "physics_nonnegative": _fit_nonnegative,
    **{f"physics_ridge_{penalty:g}": _ridge(penalty) for penalty in _PENALTIES},
}


def cross_validate(fit: Fit, design: np.ndarray, latency: np.ndarray, *, folds: int = 5) -> float:
    """Mean absolute relative error over folds of every fifth network."""
    return float(np.abs(cross_predict(fit, design, latency, folds=folds) / latency - 1).mean())


def cross_predict(fit: Fit, design: np.ndarray, latency: np.ndarray, *, folds: int = 5) -> np.ndarray:
    """Latency of each network, predicted from the networks of the other folds, shape (n,)."""
    fold = np.arange(len(latency)) % min(folds, len(latency))
    predicted = np.empty(len(latency))
    for index in np.unique(fold):
        held = fold == index
        predicted[held] = design[held] @ fit(design[~held], latency[~held])
    return predicted
