"""The front of candidates, and a candidate as a run keeps it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from nas.search.goals import Goals
from nas.search.judge import Candidate, TargetLatency
from nas.search.known import Download
from nas.search.networks import OtherNetwork
from nas.search.results import front_of, row, write_archs
from search_space import ArchConfig, SearchSpace, arch_cost, published

Judged = Callable[..., Candidate]


def test_the_front_is_what_keeps_the_goals_and_nothing_beats(candidate: Judged) -> None:
    slow, fast, beaten = candidate(80, 9, 9), candidate(70, 2, 2), candidate(69, 3, 3)
    over, elsewhere = candidate(90, 11, 1), candidate(91, 1, 21)
    uncertain = candidate(85, 8, 8, half=10, origin="prior")  # counts 75
    everything = [over, slow, beaten, uncertain, elsewhere, fast]
    goals = Goals(budgets_ms=(10.0, 20.0))
    assert front_of(everything, goals) == [fast, uncertain, slow]
    assert front_of(everything, replace(goals, any_device=True)) == [elsewhere, fast, uncertain, slow, over]
    assert front_of([over, elsewhere], goals) == front_of([], goals) == []


def test_a_limit_and_an_objective_shape_the_front(candidate: Judged) -> None:
    small, large = candidate(70, 2), candidate(80, 1, network="mit-b1")
    limit = arch_cost(published("mit-b1")).parameters - 1
    assert front_of([small, large], Goals(budgets_ms=(10.0,))) == [large]
    assert front_of([small, large], Goals(budgets_ms=(10.0,), minimised=("params",))) == [large, small]
    assert front_of([small, large], Goals(budgets_ms=(10.0,), limits={"params": limit})) == [small]


def test_a_found_network_as_a_row(tiny_space: SearchSpace, candidate: Judged) -> None:
    arch = tiny_space.largest()
    predicted = candidate(70.12345, 2.123456, 3.7654321, half=2.0, origin="predicted", network=arch)
    measured = replace(
        predicted, latencies=(TargetLatency(p50_ms=2.5, low_ms=2.25, high_ms=3.0, origin="measured", measured=True),)
    )
    costs = {"traffic_mb": 1.5, "memory_mb": None, "parameters": 7.0}
    found = row(predicted, is_published=False, measured=measured, further=["board"], costs=costs)
    assert (found.accuracy, found.accuracy_low, found.accuracy_high) == (70.123, 68.123, 72.123)
    assert (found.latency_p50_ms, found.latency_high_ms) == (2.12346, 2.12346)
    ends = found.latency_measured_low_ms, found.latency_measured_ms, found.latency_measured_high_ms
    assert ends == (2.25, 2.5, 3.0)
    assert found.further_high_ms == {"board": 3.76543}
    assert found.costs == {"traffic_mb": 1.5, "memory_mb": None}  # parameters have a column anyway
    assert (found.kind, found.published, found.resolution, found.arch) == ("found", False, "16x16", arch)
    assert (found.parameters, found.macs) == (arch_cost(arch).parameters, arch_cost(arch).macs)


def test_a_rival_as_a_row(other: OtherNetwork, candidate: Judged) -> None:
    download = Download(top1=75.0, source="a list", weights="somewhere", command="get it", remark="distilled")
    rival = replace(candidate(75.0, 1.0, origin="published"), network=other, download=download)
    found = row(rival, is_published=True)
    assert (found.kind, found.name, found.attention_types) == ("rival", "tinynet.in1k", "tinynet")
    assert (found.source, found.weights, found.remark) == ("a list", "somewhere", "distilled")
    assert (found.resolution, found.parameters, found.macs) == ("192x192", 2_000_000, 100_000_000)
    assert (found.arch, found.latency_measured_ms, dict(found.further_high_ms)) == (None, None, {})


def test_a_published_network_is_called_so(candidate: Judged) -> None:
    assert row(candidate(71.4, 1.0), is_published=True).kind == "published"


def test_architectures_are_files_and_rivals_have_none(
    tiny_space: SearchSpace, other: OtherNetwork, candidate: Judged, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    archs = [tiny_space.sample(rng) for _ in range(3)]
    candidates = [candidate(70, 1, network=arch) for arch in archs]
    write_archs(tmp_path, [*candidates, replace(candidates[0], network=other)])
    files = {path.stem: path for path in (tmp_path / "archs").iterdir()}
    assert files.keys() == {arch.arch_id for arch in archs}
    for arch in archs:
        assert ArchConfig.from_json(files[arch.arch_id].read_text()) == arch
