"""The audit trusts a ranking that agrees with training alone, and no other."""

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from search_space import arch_cost, named_space
from supernet import Audited, attention_of, audit, pick_networks


def rows(noise: float, count: int = 24) -> list[Audited]:
    rng = np.random.default_rng(0)
    alone = np.linspace(60, 95, count)
    inherited = alone - 20 + noise * rng.standard_normal(count)
    kinds = ("linear", "cascaded_group", "none")
    return [
        Audited(
            arch_id=str(index),
            attention=kinds[index % 3],
            macs=int(rng.integers(10**6, 10**7)),
            alone=float(alone[index]),
            inherited=float(inherited[index]),
        )
        for index in range(count)
    ]


@pytest.mark.parametrize(("noise", "verdict"), [(0.5, "trust"), (9, "trust within bins"), (300, "do not trust")])
def test_verdict_follows_the_agreement(noise: float, verdict: str) -> None:
    found = audit(rows(noise))
    assert found.verdict == verdict
    middle, low, high = found.inherited.kendall
    assert low <= middle <= high
    assert found.macs.kendall[0] < 0.4
    assert found.to_dict()["verdict"] == verdict


def test_figures_by_hand() -> None:
    """Three pairs of six are in the other order: Kendall 0; the first choice is 30 points worse than the best."""
    made = [
        Audited(arch_id=str(i), attention="none", macs=i + 1, alone=alone, inherited=inherited)
        for i, (alone, inherited) in enumerate([(60.0, 4.0), (70.0, 1.0), (80.0, 2.0), (90.0, 3.0)])
    ]
    found = audit(made)
    assert found.inherited.kendall[0] == pytest.approx(0)
    assert found.inherited.regret[0] == pytest.approx(30)
    assert found.macs.kendall[0] == pytest.approx(1)
    assert found.macs.regret[0] == 0
    assert found.mean_ranks == {"none": (0.5, 0.5)}
    with pytest.raises(ValueError, match="at least 4 networks, got 3"):
        audit(made[:3])


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_scipy_with_and_without_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alone, inherited = rng.integers(60, 60 + 5 * 4**seed, size=(2, 12)).astype(float)
    made = [
        Audited(arch_id=str(i), attention="none", macs=i, alone=alone[i], inherited=inherited[i]) for i in range(12)
    ]
    found = audit(made).inherited
    assert found.kendall[0] == pytest.approx(kendalltau(inherited, alone).statistic, abs=1e-12)
    assert found.spearman[0] == pytest.approx(spearmanr(inherited, alone).statistic, abs=1e-12)


def test_networks_are_spread_over_sizes_and_attention_types() -> None:
    space = named_space("digits")
    archs = pick_networks(space, 12, seed=0)
    macs = [arch_cost(arch).macs for arch in archs]
    assert macs == sorted(macs)
    assert macs[-1] > 3 * macs[0]
    kinds = [attention_of(arch) for arch in archs]
    assert min(kinds.count(kind) for kind in ("linear", "cascaded_group", "mixed", "none")) >= 2
    assert pick_networks(space, 12, seed=0) == archs
