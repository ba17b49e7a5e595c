"""Saved predictors of every kind: they predict the same when read back, and broken files are named."""

import json
from pathlib import Path

import numpy as np
import pytest

from predictors import TransferredPredictor, load_predictor
from search_space import published


def test_a_saved_predictor_predicts_the_same(fitted: TransferredPredictor, tmp_path: Path) -> None:
    fitted.save(tmp_path / "new.json")
    again = load_predictor(tmp_path / "new.json")
    archs = [published("mit-b1"), published("msra-m4")]
    first, second = (each.predict(archs, confidence=0.9) for each in (fitted, again))
    for name in ("p50_ms", "low_ms", "high_ms", "extrapolated"):
        np.testing.assert_allclose(getattr(second, name), getattr(first, name), rtol=1e-9)
    assert [name for name, _ in again.closest(archs[0])] == [name for name, _ in fitted.closest(archs[0])]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": "latency-transfer/9"}, "made by another version"),
        ({"sources": []}, "0 known devices, but the model has 4"),
        ({"sources": [{"schema_version": "analytic", "device": "abacus"}] * 4}, "unknown analytic device 'abacus'"),
        ({"model": {"prior": {}}}, "'known_center' is missing"),
        ({"seen": {"arch_ids": ["a"], "rows": [[1.0]], "latency_ms": [1.0]}}, "rows has shape"),
    ],
)
def test_broken_files_are_named(
    fitted: TransferredPredictor, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = tmp_path / "new.json"
    fitted.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=f"new.json is not a latency predictor: .*{message}"):
        load_predictor(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read latency predictor .*new.json: No such file"),
        ("[]", "new.json is not a latency predictor: "),
        ("{}", "new.json is not a latency predictor: 'schema_version' is missing"),
        ('{"schema_version": "latency-predictor/0"}', "made by another version of this program; run nas fit again"),
    ],
)
def test_files_that_are_no_predictors_are_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "new.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_predictor(path)
