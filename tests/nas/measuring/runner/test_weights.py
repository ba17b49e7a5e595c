"""Weights from a seed."""

from pathlib import Path

import numpy as np

from nas.measuring.plan import Plan
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.weights import place_model


def test_weights_are_ordinary_numbers_and_the_same_each_time(archive: Path, plan: Plan, tmp_path: Path) -> None:
    model = Bundle(archive).model(plan.items[1].key)
    graphs = [place_model(model, tmp_path / name, seed=0) for name in ("one", "two")]
    data = [graph.with_suffix(".data").read_bytes() for graph in graphs]
    values = np.frombuffer(data[0], dtype=np.float32)
    assert data[0] == data[1]
    assert np.isfinite(values).all()
    small = np.abs(values[values != 0])
    assert small.min() > 1e-30  # no denormal numbers, which would slow down the arithmetic
