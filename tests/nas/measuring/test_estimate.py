"""From visits to latencies: exact where the answer is known."""

import numpy as np
import pytest

from nas.measuring.estimate import estimate, group_shifts
from nas.measuring.runner.protocol import Visit


def visit(
    model: str, number: int, wall_ms: float | list[float], *, group: int = 0, switches: list[int] | None = None
) -> Visit:
    wall_ns = [int(1e6 * ms) for ms in (wall_ms if isinstance(wall_ms, list) else [wall_ms] * 3)]
    return Visit(model, group, number, wall_ns, [ns // 2 for ns in wall_ns], switches or [0] * len(wall_ns))


def test_known_models_and_rounds_are_told_apart_exactly() -> None:
    drift = [1.0, 1.1, 0.9, 1.3, 1.0, 1.0, 0.8, 1.2]
    visits = [visit(f"m{m}", r, (m + 1) * factor) for m in range(5) for r, factor in enumerate(drift)]
    for m in range(5):
        found = estimate(visits)[f"m{m}"]
        exact = pytest.approx(m + 1, rel=1e-6)
        assert (found.p50_ms, found.ci_lo_ms, found.ci_hi_ms) == (exact, exact, exact)
        assert (found.half_a_ms, found.half_b_ms, found.mean_ms) == (exact, exact, exact)
        assert list(found.quantiles_ms.values()) == [exact] * 5
        assert found.cv == pytest.approx(0, abs=1e-6)
        assert (found.n_rounds, found.n_runs, found.n_dropped) == (8, 24, 0)


def test_halves_are_the_even_and_the_odd_rounds() -> None:
    visits = [visit(f"m{m}", r, m + 1.0) for m in range(4) for r in range(8)]
    visits += [visit("x", r, 2.0 if r % 2 == 0 else 2.2) for r in range(8)]
    found = estimate(visits)["x"]
    assert (found.half_a_ms, found.half_b_ms) == (pytest.approx(2.0), pytest.approx(2.2))


def test_cv_is_the_spread_of_the_rounds() -> None:
    visits = [visit(f"m{m}", r, m + 1.0) for m in range(4) for r in range(8)]
    visits += [visit("x", r, float(np.exp(0.1 * (-1) ** r))) for r in range(8)]
    found = estimate(visits)
    assert found["x"].cv == pytest.approx(0.1, rel=1e-5)
    assert found["m0"].cv == pytest.approx(0, abs=1e-6)


def test_anchors_bring_drifted_groups_together() -> None:
    visits = [visit(f"anchor{m}", r, m + 1.0) for m in range(3) for r in range(8)]
    visits += [visit("x", r, 5.0) for r in range(8)]
    visits += [visit(f"anchor{m}", r, 1.2 * (m + 1), group=g) for g in (1, 2) for m in range(3) for r in range(8)]
    visits += [visit("y", r, 1.2 * 5.0, group=1) for r in range(8)]
    found = estimate(visits)
    assert found["x"].p50_ms == pytest.approx(found["y"].p50_ms, rel=1e-6)
    assert found["y"].quantiles_ms["p90_ms"] == pytest.approx(found["y"].p50_ms, rel=1e-6)
    assert found["anchor0"].n_rounds == 24
    shifts = group_shifts(visits)
    assert shifts == {0: pytest.approx(1 / 1.2 - 1), 1: pytest.approx(0), 2: pytest.approx(0)}


def test_two_passes_are_the_halves_and_their_groups_are_brought_together_by_all_they_share() -> None:
    """One anchor was disturbed in the second pass; the models that both passes share outvote it."""
    slower, models = 1.1, [f"m{m}" for m in range(6)]
    visits = [visit(model, r, m + 1.0) for m, model in enumerate(models) for r in range(6)]
    visits += [visit(f"m{m}", r, slower * (m + 1), group=1) for m in range(1, 6) for r in range(6)]
    visits += [visit("m0", r, 1.5 * slower, group=1) for r in range(6)]
    found = estimate(visits)
    for m, model in enumerate(models[1:], start=2):
        both = pytest.approx(m * slower**0.5, rel=1e-6)
        assert (found[model].half_a_ms, found[model].half_b_ms, found[model].p50_ms) == (both, both, both)
    assert found["m0"].half_b_ms / found["m0"].half_a_ms == pytest.approx(1.5, rel=1e-6)
    assert found["m0"].ci_hi_ms / found["m0"].ci_lo_ms == pytest.approx(1.5, rel=1e-6)


def test_a_model_alone_keeps_its_own_noise() -> None:
    """A round effect fitted to one model would be its noise, and the noise would be reported as zero."""
    found = estimate([visit("a", r, 1.0 + 0.2 * (r % 2)) for r in range(8)])["a"]
    assert found.cv > 0.05
    assert found.ci_lo_ms < found.ci_hi_ms
    assert found.half_a_ms != found.half_b_ms


def test_extra_rounds_of_one_model_count_as_they_are() -> None:
    visits = [visit(f"m{m}", r, m + 1.0) for m in range(5) for r in range(8)]
    without = estimate(visits)["m0"].cv
    with_extra = estimate(visits + [visit("m0", r, 5.0) for r in range(8, 12)])["m0"]
    assert with_extra.cv > without + 0.5
    assert with_extra.n_rounds == 12


@pytest.mark.parametrize("seed", range(20))
def test_the_point_lies_within_its_quantiles_and_interval(seed: int) -> None:
    rng = np.random.default_rng(seed)
    visits = [
        visit(f"m{m}", r, list(np.exp(np.clip(rng.standard_t(2, size=rng.integers(3, 41)), -5, 5))), group=g)
        for g in range(2)
        for m in range(rng.integers(1, 6))
        for r in range(rng.integers(1, 9))
    ]
    for found in estimate(visits).values():
        quantiles = found.quantiles_ms
        assert (
            quantiles["p10_ms"] <= quantiles["p25_ms"] <= found.p50_ms <= quantiles["p75_ms"] <= quantiles["p90_ms"]
        )
        assert found.ci_lo_ms <= found.p50_ms <= found.ci_hi_ms


def test_the_same_visits_give_the_same_estimate() -> None:
    rng = np.random.default_rng(0)
    visits = [visit(f"m{m}", r, list(rng.uniform(1, 2, 5))) for m in range(4) for r in range(8)]
    alone = estimate([v for v in visits if v.model != "m0"])
    assert estimate(visits, seed=3) == estimate(visits[::-1], seed=3)
    assert set(alone) == {"m1", "m2", "m3"}
