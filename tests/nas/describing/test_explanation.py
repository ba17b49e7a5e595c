"""Where a latency goes adds up to the latency."""

import pytest

from nas.describing.explanation import explain
from predictors import calibrated_predictor
from search_space import operators, published


def test_parts_add_up_to_the_median_and_shares_to_one() -> None:
    predictor, arch = calibrated_predictor("jetson-agx-orin"), published("mit-b1")
    found = explain(predictor, arch)
    p50 = float(predictor.predict([arch], confidence=0.5).p50_ms[0])
    assert [each.path for each in found.operators] == [path for path, _ in operators(arch)]
    assert sum(each.latency_ms for each in found.operators) + found.fixed_ms == pytest.approx(p50, abs=1e-4)
    assert sum(found.by_kind.values()) == pytest.approx(1 - found.fixed_ms / p50, abs=1e-2)
    assert list(found.by_kind.values()) == sorted(found.by_kind.values(), reverse=True)
    assert found.closest == tuple(predictor.closest(arch))
