"""Ridge around a prior: from the free fit to the rescaled prior."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors.models import NonNegativeRidge, PriorRidge

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]


def test_prior_ridge_goes_from_the_fit_to_the_rescaled_prior(rows: Rows) -> None:
    design, latency = rows(20, noise=0.02)
    prior = np.array([1.0, 1.0, 1.0, 1.0])
    free = NonNegativeRidge().fit(design, latency)
    loose, tight = (PriorRidge(prior=prior, penalty=p).fit(design, latency) for p in (1e-12, 1e9))
    np.testing.assert_allclose(loose.coefficients, free.coefficients, rtol=1e-4, atol=1e-6)
    ratio = design @ prior / latency
    np.testing.assert_allclose(tight.coefficients, ratio.sum() / (ratio**2).sum() * prior, rtol=1e-6)


@pytest.mark.parametrize(
    ("prior", "penalty", "message"),
    [
        ([1.0, -1.0], 1.0, "prior coefficients must be non-negative and not all zero"),
        ([0.0, 0.0], 1.0, "prior coefficients must be non-negative and not all zero"),
        ([1.0, 0.0], 0.0, "penalty must be positive, got 0.0"),
    ],
)
def test_impossible_priors_are_refused(prior: list[float], penalty: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PriorRidge(prior=np.array(prior), penalty=penalty)


def test_a_faster_device_of_the_same_kind_is_found_at_any_penalty(rows: Rows) -> None:
    """Latencies that are the prior times a factor cost nothing."""
    design, latency = rows(20)
    prior = np.array([2.0, 0.5, 1.5, 0.0])
    for penalty in (1e-6, 1.0, 1e6):
        found = PriorRidge(prior=prior, penalty=penalty).fit(design, latency / 7)
        np.testing.assert_allclose(found.coefficients, prior / 7, rtol=1e-6, atol=1e-9)
