"""Few-shot transfer: the latencies of a new device from those of known devices and a handful of samples.

In log latency a new device is a constant, plus a mixture of the known devices' shapes, plus a deviation of its own
that is linear in the design, plus noise: a Gaussian linear model, so that everything is closed form (Rasmussen and
Williams, 2006, sections 2.2 and 2.7 for the constant with a flat prior). How large the deviation and the noise are
beside the mixture is learned from the known devices, each taken as new in turn, and from the samples.

Shapes: n architectures, d known devices, k design columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from predictors.intervals.conformal import ConformalBand
from predictors.models.protocol import Record, array

OWN_SHARES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
NOISE_SHARES = (0.003, 0.01, 0.03, 0.1, 0.3)
_SCALARS = ("own_share", "noise_share", "amplitude")
_ARRAYS = ("known_center", "known_scale", "design_center", "evidence")
_PSEUDO_ROWS = 20  # samples of each known device when it is taken as new
_RIDGES = tuple(10.0**exponent for exponent in range(-3, 4))


def smooth_known(latency_ms: np.ndarray, design: np.ndarray, new_design: np.ndarray) -> np.ndarray:
    """Log latencies of known devices at `new_design` (m, k), shape (m, d), from `latency_ms` (n, d) at `design`.

    A ridge in log latency per device, its penalty from leaving rows out: it takes the noise off the measurements and
    answers for architectures that the device has not measured.
    """
    from sklearn.linear_model import RidgeCV

    found = [
        RidgeCV(alphas=_RIDGES).fit(design, np.log(column)).predict(new_design)
        for column in np.ascontiguousarray(latency_ms.T)
    ]
    return np.stack(found, axis=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferPrior:
    """What known devices say about a new one before it is measured.

    `known_center`, `known_scale` (d,) and `design_center`, `design_scale` (k,) standardise the log latencies and the
    design. Variances are shares of the mixture's: `own_share` of the deviation, `noise_share` of the noise;
    `amplitude` is the mixture's standard deviation in log latency; `evidence` the mean log likelihood of the known
    devices at each pair of `OWN_SHARES` and `NOISE_SHARES`.
    """

    known_center: np.ndarray
    known_scale: np.ndarray
    design_center: np.ndarray
    design_scale: np.ndarray
    own_share: float
    noise_share: float
    amplitude: float
    evidence: np.ndarray

    @classmethod
    def fit(
        cls, known_log_ms: np.ndarray, design: np.ndarray, *, measured_ms: np.ndarray, groups: Sequence[str]
    ) -> "TransferPrior":
        """Learn from known devices: their smoothed log latencies (n, d) and their `measured_ms` (n, d).

        `groups` (d,) names the devices that are one device, such as batch sizes of one GPU: taken as new together.

        Raises:
            ValueError: fewer than 2 architectures, or arrays that do not fit together.
        """
        n, d = known_log_ms.shape
        if n < 2 or design.shape[0] != n or measured_ms.shape != (n, d) or len(groups) != d:
            shapes = f"{known_log_ms.shape}, {design.shape}, {measured_ms.shape} and {len(groups)} groups"
            raise ValueError(f"known_log_ms (n, d), design (n, k) and measured_ms (n, d) do not match: {shapes}")
        scale = design.std(axis=0)
        varying = scale > 1e-9
        prior = cls(
            known_center=known_log_ms.mean(axis=0),
            known_scale=np.maximum(known_log_ms.std(axis=0), 1e-9),
            design_center=design.mean(axis=0),
            design_scale=np.where(varying, scale * np.sqrt(max(varying.sum(), 1)), np.inf),
            own_share=0.0,
            noise_share=1.0,
            amplitude=float(known_log_ms.std(axis=0).mean()),
            evidence=np.zeros((len(OWN_SHARES), len(NOISE_SHARES))),
        )
        tasks = prior._pseudo_tasks(known_log_ms, design, measured_ms, groups)
        if tasks:
            tables = [task.evidence_table() for task in tasks]
            prior = replace(prior, evidence=np.mean(tables, axis=0))
        prior = prior._at_best(prior.evidence)
        sizes = [task.evidence(prior.own_share, prior.noise_share)[1] for task in tasks]
        return replace(prior, amplitude=float(np.exp(np.log(sizes).mean() / 2))) if sizes else prior

    def _at_best(self, evidence: np.ndarray) -> "TransferPrior":
        own, noise = np.unravel_index(int(np.argmax(evidence)), evidence.shape)
        return replace(self, own_share=OWN_SHARES[own], noise_share=NOISE_SHARES[noise])

    def _pseudo_tasks(
        self, known: np.ndarray, design: np.ndarray, measured_ms: np.ndarray, groups: Sequence[str]
    ) -> list["_Task"]:
        """Each known device as a new one, predicted from the devices of the other groups."""
        mixture, deviation = self._mixture(known), self._deviation(design)
        n, tasks = len(known), []
        for device, group in enumerate(groups):
            others = np.array([other != group for other in groups])
            if not others.any():
                continue
            rows = np.unique(np.linspace(device % max(n // _PSEUDO_ROWS, 1), n - 1, _PSEUDO_ROWS).astype(int))
            factor = np.sqrt(len(groups) / others.sum())
            tasks.append(
                _Task(
                    mixture=mixture[np.ix_(rows, others)] * factor,
                    deviation=deviation[rows],
                    log_ms=np.log(measured_ms[rows, device]),
                )
            )
        return tasks

    def basis(self, known_log_ms: np.ndarray, design: np.ndarray) -> np.ndarray:
        """Rows (n, d + k) whose products are the prior covariance, without constant and noise, over amplitude**2."""
        deviation = np.sqrt(self.own_share) * self._deviation(design)
        return np.concatenate([self._mixture(known_log_ms), deviation], axis=1)

    def _mixture(self, known_log_ms: np.ndarray) -> np.ndarray:
        d = len(self.known_center)
        return np.asarray((known_log_ms - self.known_center) / self.known_scale / np.sqrt(d))

    def _deviation(self, design: np.ndarray) -> np.ndarray:
        return np.asarray((design - self.design_center) / self.design_scale)

    def transfer(self, known_log_ms: np.ndarray, design: np.ndarray, latency_ms: np.ndarray) -> "TransferModel":
        """The new device, from `latency_ms` (n,) of at least 2 samples with their known log latencies and design.

        Raises:
            ValueError: fewer than 2 samples, or a latency that is not finite and positive.
        """
        if len(latency_ms) < 2 or not (np.isfinite(latency_ms) & (latency_ms > 0)).all():
            raise ValueError(f"transfer needs at least 2 samples, finite and positive, got {latency_ms}")
        own = _Task(mixture=self._mixture(known_log_ms), deviation=self._deviation(design), log_ms=np.log(latency_ms))
        prior = self._at_best(self.evidence + own.evidence_table())
        variance = own.evidence(prior.own_share, prior.noise_share)[1]
        weight = len(latency_ms) - 1
        pooled = (weight * variance + 4 * self.amplitude**2) / (weight + 4)
        return TransferModel(
            prior=replace(prior, amplitude=float(np.sqrt(pooled))),
            rows=prior.basis(known_log_ms, design),
            log_ms=np.log(latency_ms),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Task:
    """Samples of one device: standardised known latencies (n, d), standardised design (n, k), log latency (n,)."""

    mixture: np.ndarray
    deviation: np.ndarray
    log_ms: np.ndarray

    def evidence_table(self) -> np.ndarray:
        """Log likelihood at each pair of shares, shape (len(OWN_SHARES), len(NOISE_SHARES))."""
        return np.array([[self.evidence(own, noise)[0] for noise in NOISE_SHARES] for own in OWN_SHARES])

    def evidence(self, own_share: float, noise_share: float) -> tuple[float, float]:
        """Restricted log likelihood at its best amplitude, and that amplitude squared."""
        kernel = self.mixture @ self.mixture.T + own_share * self.deviation @ self.deviation.T
        kernel += noise_share * np.eye(len(kernel))
        values, vectors = np.linalg.eigh(kernel)
        ones, y = vectors.T @ np.ones(len(kernel)), vectors.T @ self.log_ms
        precision = float((ones**2 / values).sum())
        constant = float((ones * y / values).sum()) / precision
        freedom = len(kernel) - 1
        variance = float(((y - constant * ones) ** 2 / values).sum()) / freedom
        determinant = float(np.log(values).sum()) + np.log(precision)
        return -0.5 * (freedom * np.log(max(variance, 1e-300)) + determinant), variance


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferModel:
    """A new device: `rows` (n, d + k) of the basis and `log_ms` (n,) of its samples."""

    prior: TransferPrior
    rows: np.ndarray
    log_ms: np.ndarray

    @cached_property
    def _inverse(self) -> np.ndarray:
        kernel = self.rows @ self.rows.T + self.prior.noise_share * np.eye(len(self.rows))
        found: np.ndarray = np.linalg.inv(kernel)
        return found

    @cached_property
    def _constant(self) -> float:
        return float((self._inverse @ self.log_ms).sum() / self._inverse.sum())

    @cached_property
    def weights(self) -> np.ndarray:
        """Weight of each basis column, shape (d + k,): first those of the known devices."""
        return np.asarray(self.rows.T @ (self._inverse @ (self.log_ms - self._constant)))

    def predict(self, known_log_ms: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Median in ms and standard deviation in ms, each (n,)."""
        basis = self.prior.basis(known_log_ms, design)
        median = np.exp(self._constant + basis @ self.weights)
        cross = basis @ self.rows.T
        explained = ((cross @ self._inverse) * cross).sum(axis=1)
        constant = (1 - cross @ self._inverse.sum(axis=0)) ** 2 / self._inverse.sum()
        variance = np.maximum((basis**2).sum(axis=1) - explained, 0) + constant + self.prior.noise_share
        return median, median * self.prior.amplitude * np.sqrt(variance)

    @cached_property
    def left_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Log error of each sample predicted from the others, and the deviation expected of it, each (n,)."""
        inverse = self._inverse
        projected = inverse - np.outer(inverse.sum(axis=1), inverse.sum(axis=0)) / inverse.sum()
        diagonal = np.maximum(np.diag(projected), 1e-12)
        return projected @ self.log_ms / diagonal, self.prior.amplitude / np.sqrt(diagonal)

    def band(self) -> ConformalBand:
        """Conformal band from the samples left out one at a time, normalised by the spread."""
        error, std = self.left_out
        return ConformalBand(scores=np.sort(error / std), normalised=True)

    def record(self) -> Record:
        """JSON values."""
        prior = {name: getattr(self.prior, name) for name in _SCALARS}
        prior |= {name: getattr(self.prior, name).tolist() for name in _ARRAYS}
        # columns that never varied have an infinite scale, for which JSON has no number
        prior["design_scale"] = [value if np.isfinite(value) else 0.0 for value in self.prior.design_scale]
        return {"prior": prior, "rows": self.rows.tolist(), "log_ms": self.log_ms.tolist()}

    @classmethod
    def from_record(cls, record: Record) -> "TransferModel":
        """Read what `record` gave.

        Raises:
            ValueError: arrays that do not fit together; names the field.
        """
        found = record["prior"]
        known, design = array(found, "known_center", None), array(found, "design_center", None)
        scale = array(found, "design_scale", len(design))
        log_ms = array(record, "log_ms", None)
        prior = TransferPrior(
            known_center=known,
            known_scale=array(found, "known_scale", len(known)),
            design_center=design,
            design_scale=np.where(scale > 0, scale, np.inf),
            evidence=array(found, "evidence", len(OWN_SHARES), len(NOISE_SHARES)),
            **{name: float(array(found, name)) for name in _SCALARS},
        )
        return cls(prior=prior, rows=array(record, "rows", len(log_ms), len(known) + len(design)), log_ms=log_ms)

    def closeness(self) -> np.ndarray:
        """Correlation, over the samples, of each known device's log latencies with this device's, shape (d,)."""
        known = self.rows[:, : len(self.prior.known_center)]
        centred, y = known - known.mean(axis=0), self.log_ms - self.log_ms.mean()
        norms = np.sqrt((centred**2).sum(axis=0) * (y**2).sum())
        return np.asarray(centred.T @ y / np.maximum(norms, 1e-300))
