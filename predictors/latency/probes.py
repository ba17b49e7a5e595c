"""Which architectures to measure next on a new device, what to expect of them, and when to stop.

Greedy: each probe is the one after which the mean posterior variance over the pool is smallest (V-optimal design;
Seo et al., 2000). With a Gaussian model this depends on no measurement, so that a whole list can be named at once.
"""

from dataclasses import dataclass

import numpy as np

from predictors.latency.transfer import TransferPrior

_FLAT = 30.0  # standard deviation, in amplitudes, of the constant: as good as unknown
_MEAN_OF_ABSOLUTE = np.sqrt(2 / np.pi)  # of a standard normal variable


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbePlan:
    """Rows of the pool to measure, in order, each (m,).

    `expected_error` is the mean absolute relative error over the pool that the model expects after each probe, noise
    of the measurements excluded.
    """

    rows: np.ndarray
    expected_error: np.ndarray

    def stop_after(self, *, target: float | None = None, gain: float = 0.02) -> int:
        """Number of probes after which the expected error is at most `target`, or, without a target, the next probe
        takes off less than the share `gain`; all of them when that is never so."""
        error = self.expected_error
        for count in range(2, len(error) + 1):
            reached = target is not None and error[count - 1] <= target
            flat = target is None and count < len(error) and error[count] > (1 - gain) * error[count - 1]
            if reached or flat:
                return count
        return len(error)


def plan_probes(
    prior: TransferPrior,
    known_log_ms: np.ndarray,
    design: np.ndarray,
    *,
    count: int,
    measured: np.ndarray | None = None,
    candidates: np.ndarray | None = None,
) -> ProbePlan:
    """Choose `count` rows of a pool of known log latencies (n, d) and design (n, k).

    `measured` rows are known already; only `candidates` rows may be chosen, all unless told.

    Raises:
        ValueError: fewer candidates than probes asked for.
    """
    basis = prior.basis(known_log_ms, design)
    basis = np.concatenate([np.full((len(basis), 1), _FLAT), basis], axis=1)
    allowed = np.zeros(len(basis), dtype=bool)
    allowed[np.arange(len(basis)) if candidates is None else candidates] = True
    done = np.array([], dtype=int) if measured is None else measured
    allowed[done] = False
    if count > allowed.sum():
        raise ValueError(f"asked for {count} probes, but the pool holds {int(allowed.sum())} that are not measured")
    posterior, gram = np.eye(basis.shape[1]), basis.T @ basis / len(basis)
    for row in done:
        posterior = _after(posterior, basis[row], prior.noise_share)
    rows, errors = [], []
    for _ in range(count):
        seen = basis[allowed] @ posterior
        gain = ((seen @ gram) * seen).sum(axis=1) / ((seen * basis[allowed]).sum(axis=1) + prior.noise_share)
        row = int(np.flatnonzero(allowed)[np.argmax(gain)])
        posterior = _after(posterior, basis[row], prior.noise_share)
        allowed[row] = False
        rows.append(row)
        variance = ((basis @ posterior) * basis).sum(axis=1).clip(0)
        errors.append(float(np.expm1(prior.amplitude * np.sqrt(variance) * _MEAN_OF_ABSOLUTE).mean()))
    return ProbePlan(rows=np.array(rows, dtype=int), expected_error=np.array(errors))


def _after(posterior: np.ndarray, row: np.ndarray, noise: float) -> np.ndarray:
    """Covariance of the weights after one more measurement at `row`."""
    seen = posterior @ row
    return np.asarray(posterior - np.outer(seen, seen) / (float(row @ seen) + noise))
