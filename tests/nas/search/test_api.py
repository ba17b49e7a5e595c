"""A search from Python: its front as a table, the best within a budget, a network to build."""

from pathlib import Path

import pytest

from nas import search
from nas.errors import BudgetError
from search_space import arch_cost


def test_from_python(tmp_path: Path) -> None:
    target = search.Target.of("jetson", "10ms")
    front = search.find(search.SearchConfig(targets=(target,), trials=50, out=str(tmp_path)))
    frame = front.frame()
    assert len(frame) == len(front)
    assert frame["latency_high_ms"].is_monotonic_increasing
    best = front.best(budget_ms=2)
    assert best.candidate.latency_high_ms <= 2
    assert sum(p.numel() for p in best.build().parameters()) == arch_cost(best.arch).parameters
    assert front.best().candidate is front.result.best
    with pytest.raises(BudgetError, match="no network within 1 us; the fastest takes up to"):
        front.best(budget_ms=0.001)
