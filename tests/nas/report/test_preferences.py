"""What the networks of a front choose."""

from pathlib import Path

from nas.report.preferences import preferences
from nas.runs import read


def test_preferences_count_every_network_once(finished: Path) -> None:
    run = read(finished)
    attention, scales, depth = preferences(each.arch for each in run.front if each.arch)
    for counter in (*attention.counts.values(), *depth.counts.values()):
        assert counter.total() == len(run.front)
    for stride, counter in scales.counts.items():
        assert counter.total() == attention.counts[stride]["linear"]
    linear = sum(f"{stride}:linear" in each.attention_types for each in run.front for stride in (8, 16, 32, 64))
    assert sum(counter["linear"] for counter in attention.counts.values()) == linear
