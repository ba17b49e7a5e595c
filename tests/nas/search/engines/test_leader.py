"""The judge that leads helpers: what it asks for, what it keeps, and when it gives up; the helper is this process."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from nas.errors import UserError
from nas.search.engines.leader import LeadingJudge
from nas.search.engines.members import is_led
from nas.search.engines.queue import FINISHED, EvaluationQueue
from nas.search.judge import Accuracy
from search_space import ArchConfig, SearchSpace, arch_cost

NAMED = Accuracy(value=50.0, low=40.0, high=60.0, origin="measured")


class Remembering:
    """Scores by multiply-adds; keeps what it is taught."""

    cheap = False

    def __init__(self) -> None:
        self.kept: dict[str, Accuracy] = {}

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        values = [float(arch_cost(arch).macs) for arch in archs]
        return [Accuracy(value=each, low=each, high=each, origin="measured") for each in values]

    def describe(self) -> str:
        return "by multiply-adds"

    def recall(self, arch: ArchConfig) -> Accuracy | None:
        return self.kept.get(arch.arch_id)

    def learn(self, arch: ArchConfig, accuracy: Accuracy) -> None:
        self.kept[arch.arch_id] = accuracy


class Alone:
    """A crew of one, which takes one network in each moment and does with it what it is told."""

    def __init__(self, work: Callable[[EvaluationQueue, "Alone"], None]) -> None:
        self.work, self.taken, self.closed = work, list[ArchConfig](), False

    def tend(self, queue: EvaluationQueue) -> None:
        self.work(queue, self)

    def close(self) -> None:
        self.closed = True


def evaluate(queue: EvaluationQueue, crew: Alone) -> None:
    task = queue.take("alone")
    assert task is not None
    crew.taken.append(task.arch)
    queue.finish(task, Remembering()([task.arch])[0])


@pytest.fixture
def archs(tiny_space: SearchSpace) -> list[ArchConfig]:
    rng = np.random.default_rng(0)
    return list({arch_cost(arch).macs: arch for arch in (tiny_space.sample(rng) for _ in range(6))}.values())


def test_accuracies_come_in_the_order_asked_the_longest_evaluated_first(
    tiny_space: SearchSpace, tmp_path: Path, archs: list[ArchConfig]
) -> None:
    judge, crew = Remembering(), Alone(evaluate)
    with LeadingJudge(judge, space=tiny_space, folder=tmp_path, start=lambda _: crew) as leading:
        assert is_led(tmp_path)
        assert leading.describe() == "by multiply-adds"
        assert leading([*archs, archs[0]]) == judge([*archs, archs[0]])
        assert leading(archs) == judge(archs)  # nothing is asked twice
    assert [arch_cost(arch).macs for arch in crew.taken] == sorted((arch_cost(a).macs for a in archs), reverse=True)
    assert judge.kept.keys() == {arch.arch_id for arch in archs}
    assert crew.closed
    assert not is_led(tmp_path)
    assert EvaluationQueue(tmp_path, tiny_space).state == FINISHED


def test_what_is_remembered_starts_no_crew(tiny_space: SearchSpace, tmp_path: Path, archs: list[ArchConfig]) -> None:
    judge, started = Remembering(), list[str]()
    judge.learn(archs[0], NAMED)

    def start(name: str) -> Alone:
        started.append(name)
        return Alone(evaluate)

    with LeadingJudge(judge, space=tiny_space, folder=tmp_path, start=start) as leading:
        assert leading([archs[0]]) == [NAMED]
        assert started == []
        assert leading(archs[:2]) == [NAMED, *judge([archs[1]])]
        assert len(started) == 1


def test_a_failed_evaluation_ends_the_search_and_lets_the_crew_go(
    tiny_space: SearchSpace, tmp_path: Path, archs: list[ArchConfig]
) -> None:
    def fail(queue: EvaluationQueue, crew: Alone) -> None:
        task = queue.take("alone")
        assert task is not None
        queue.fail(task, "no memory")

    crew = Alone(fail)
    with (
        pytest.raises(UserError, match="an evaluation failed: no memory"),
        LeadingJudge(Remembering(), space=tiny_space, folder=tmp_path, start=lambda _: crew) as leading,
    ):
        leading(archs)
    assert crew.closed
    assert EvaluationQueue(tmp_path, tiny_space).state == "running"


def test_a_network_that_costs_worker_after_worker_is_named(
    tiny_space: SearchSpace, tmp_path: Path, archs: list[ArchConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nas.search.engines.leader.LOOK_AFTER", 0.0)

    def lose(queue: EvaluationQueue, crew: Alone) -> None:
        queue.take("never signed on")

    crew = Alone(lose)
    with (
        pytest.raises(UserError, match=f"3 workers were lost on network {archs[0].arch_id}; is memory short"),
        LeadingJudge(Remembering(), space=tiny_space, folder=tmp_path, start=lambda _: crew) as leading,
    ):
        leading(archs[:1])
