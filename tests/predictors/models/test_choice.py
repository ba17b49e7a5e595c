"""Choosing by cross-validation: never worse than the baseline, and no row predicts itself."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors.models import MacsAffine, NonNegativeRidge, candidates, choose, cross_predict

Rows = Callable[..., tuple[np.ndarray, np.ndarray]]


def test_choice_is_never_worse_than_the_affine_model_and_finds_the_truth(rows: Rows) -> None:
    for seed in range(5):
        design, latency = rows(25, noise=0.1, seed=seed)
        found = choose(candidates(25, macs_columns=(1, 2)), design, latency)
        assert found.scores[found.name] == min(found.scores.values()) <= found.scores["macs_affine"]
        outside = np.abs(found.predicted / latency - 1).mean()
        assert outside == pytest.approx(found.scores[found.name])


def test_candidates_grow_with_the_rows(rows: Rows) -> None:
    few, some, many = (set(candidates(n, macs_columns=(1,))) for n in (10, 50, 200))
    assert few < some < many
    assert "prior_ridge_1" in candidates(10, macs_columns=(1,), prior=np.ones(4))
    assert "rescaled" in candidates(10, macs_columns=(1,), source=NonNegativeRidge().fit(*rows(20)))


def test_cross_prediction_never_sees_its_own_row(rows: Rows) -> None:
    design, latency = rows(20)
    spoiled = latency.copy()
    spoiled[4] *= 50
    clean, dirty = (cross_predict(NonNegativeRidge(), design, y, folds=20)[0] for y in (latency, spoiled))
    assert dirty[4] == pytest.approx(clean[4])
    assert not np.allclose(dirty, clean)


def test_folds_are_dealt_in_turn(rows: Rows) -> None:
    """Row i of 10 is predicted by the model of the rows whose number leaves another remainder by 5."""
    design, latency = rows(10, noise=0.1)
    found, _ = cross_predict(NonNegativeRidge(), design, latency, folds=5)
    others = [i for i in range(10) if i % 5 != 3]
    expected = NonNegativeRidge().fit(design[others], latency[others]).predict(design[[3, 8]])[0]
    assert found[[3, 8]] == pytest.approx(expected)


def test_of_equals_the_first_is_taken(rows: Rows) -> None:
    design, latency = rows(12)
    twice = {"b": MacsAffine(macs_columns=(1,)), "a": MacsAffine(macs_columns=(1,))}
    assert choose(twice, design, latency).name == "b"


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_rows_are_refused(rows: Rows, n: int) -> None:
    with pytest.raises(ValueError, match=f"choosing needs candidates and 2 rows, got 1 and {n}"):
        choose({"a": NonNegativeRidge()}, *rows(n))
