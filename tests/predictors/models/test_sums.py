"""A row's sum is the product, to the bit the same alone, among others, and in any memory order."""

import numpy as np
import pytest

from predictors import CALIBRATED_DEVICES, analytic_predictors, calibrated_predictor
from predictors.models.sums import weighted_rows
from search_space import named_space


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    rng = np.random.default_rng(0)
    design, weights = rng.lognormal(sigma=5, size=(301, 23)), rng.standard_normal(23)
    found = weighted_rows(design, weights)
    assert found == pytest.approx(design @ weights, rel=1e-9)
    assert weighted_rows(np.asfortranarray(design), weights).tolist() == found.tolist()
    for rows in (slice(0, 1), slice(7, 9), slice(3, 300)):
        assert weighted_rows(design[rows], weights).tolist() == found[rows].tolist()


def test_a_network_has_one_latency_alone_and_among_others() -> None:
    space, rng = named_space("efficientvit"), np.random.default_rng(0)
    archs = [space.sample(rng) for _ in range(40)]
    known = [calibrated_predictor(name) for name in CALIBRATED_DEVICES]
    for predictor in (*known, analytic_predictors()["raspberry-pi-5"]):
        together = predictor.predict(archs, confidence=0.9)
        for index in (0, 17, 39):
            alone = predictor.predict([archs[index]], confidence=0.9)
            assert alone.p50_ms[0] == together.p50_ms[index]
            assert alone.high_ms[0] == together.high_ms[index]
