"""Another device's model, rescaled."""

import json
from collections.abc import Callable

import numpy as np

from predictors.models import NonNegativeRidge, Rescale, RescaledModel

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]


def test_three_rows_of_a_faster_device_are_enough_to_rescale(rows: Rows) -> None:
    design, latency = rows(3, seed=5)
    new, truth = rows(50, seed=6)
    mean, _ = Rescale(source=NonNegativeRidge().fit(*rows(50, seed=9))).fit(design, latency / 7 + 0.3).predict(new)
    np.testing.assert_allclose(mean, truth / 7 + 0.3, rtol=1e-6)


def test_constant_and_rate_are_read_back_with_their_source(rows: Rows) -> None:
    source = NonNegativeRidge().fit(*rows(50, seed=9))
    design, latency = rows(10, seed=5)
    found = Rescale(source=source).fit(design, 3 * latency + 0.2)
    np.testing.assert_allclose(found.affine.coefficients, [0.2, 3], rtol=1e-5)
    again = RescaledModel.from_record(json.loads(json.dumps(found.record())))
    np.testing.assert_allclose(again.predict(design)[0], found.predict(design)[0], rtol=1e-12)
