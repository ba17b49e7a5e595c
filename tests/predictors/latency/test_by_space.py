"""One device with a predictor for each of two spaces: every network goes to the one that knows it."""

from dataclasses import replace

import numpy as np
import pytest

from predictors import SpacesPredictor, analytic_predictors, calibrated_predictor
from search_space import named_space, published

PI, A100 = (analytic_predictors()[name] for name in ("raspberry-pi-5", "a100"))
LARGE, WIDE = named_space("efficientvit-l"), named_space("efficientvit")
BOTH = SpacesPredictor(parts=((WIDE, PI), (LARGE, A100)))
ARCHS = [published("mit-b1"), replace(published("mit-l2"), resolution=(224, 224)), published("msra-m4")]


def test_networks_of_both_spaces_keep_their_order() -> None:
    found = BOTH.predict(ARCHS, confidence=0.9)
    small, large = (each.predict(ARCHS, confidence=0.9) for each in (PI, A100))
    for name in ("low_ms", "p50_ms", "high_ms", "extrapolated"):
        expected = [getattr(small, name)[0], getattr(large, name)[1], getattr(small, name)[2]]
        assert getattr(found, name).tolist() == pytest.approx(expected)


def test_a_stranger_goes_to_the_first() -> None:
    stranger = [named_space("digits").largest()]
    assert BOTH.predict(stranger, confidence=0.5).p50_ms == pytest.approx(PI.predict(stranger, confidence=0.5).p50_ms)
    assert BOTH.part(named_space("digits")) is PI
    assert BOTH.part(LARGE) is A100


def test_operators_and_neighbours_are_those_of_the_owner() -> None:
    assert BOTH.operator_ms(ARCHS[1]) == pytest.approx(A100.operator_ms(ARCHS[1]))
    assert BOTH.closest(ARCHS[0]) == PI.closest(ARCHS[0])


def test_it_is_trusted_as_little_as_its_least_trusted_part() -> None:
    jetson = calibrated_predictor("jetson-nano")
    mixed = SpacesPredictor(parts=((WIDE, jetson), (LARGE, A100)))
    assert (mixed.device, mixed.origin) == (jetson.device, "analytic")
    assert SpacesPredictor(parts=((WIDE, jetson),)).origin == "calibrated"
    assert mixed.traits == jetson.traits | A100.traits


def test_a_description_is_said_once() -> None:
    assert SpacesPredictor(parts=((WIDE, PI), (LARGE, PI))).describe() == PI.describe()
    assert BOTH.describe() == f"{PI.describe()}; {A100.describe()}"


def test_no_networks() -> None:
    assert BOTH.predict([], confidence=0.9).p50_ms.shape == (0,)
    assert np.isfinite(BOTH.predict(ARCHS, confidence=0.9).high_ms).all()
