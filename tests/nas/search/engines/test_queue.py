"""The queue of networks to evaluate: each counted once, whatever becomes of workers."""

from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages.journal import JournalFileBackend, JournalStorage

from nas.search.engines import EngineConfig
from nas.search.engines.queue import JOURNAL, STUDY_NAME, EvaluationQueue
from nas.search.judge import Accuracy
from search_space import ArchConfig, SearchSpace

NAS = Accuracy(value=1 / 3, low=0.1, high=0.9, origin="measured")


@pytest.fixture
def archs(tiny_space: SearchSpace) -> list[ArchConfig]:
    rng = np.random.default_rng(0)
    return list(dict.fromkeys(tiny_space.sample(rng) for _ in range(4)))


@pytest.fixture
def queue(tmp_path: Path, tiny_space: SearchSpace) -> EvaluationQueue:
    return EvaluationQueue(tmp_path, tiny_space)


def states(folder: Path) -> list[str]:
    """As any reader of Optuna's journals sees them."""
    storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
    return [trial.state.name for trial in optuna.load_study(study_name=STUDY_NAME, storage=storage).trials]


def test_two_processes_share_it_and_none_is_taken_twice(
    queue: EvaluationQueue, tmp_path: Path, tiny_space: SearchSpace, archs: list[ArchConfig]
) -> None:
    other = EvaluationQueue(tmp_path, tiny_space)
    queue.put(archs)
    other.put(archs)
    tasks = [each.take("worker") for each in (queue, other) * len(archs)]
    found = [task for task in tasks if task is not None]
    assert [task.arch for task in found] == archs
    assert queue.take("worker") is other.take("worker") is None
    for task in found:
        other.finish(task, NAS)
    assert queue.results([arch.arch_id for arch in archs]) == {arch.arch_id: NAS for arch in archs}
    queue.put(archs)
    assert states(tmp_path) == ["COMPLETE"] * len(archs)


def test_a_lost_worker_costs_what_it_was_at(queue: EvaluationQueue, tmp_path: Path, archs: list[ArchConfig]) -> None:
    queue.put(archs[:2])
    lost, kept = queue.take("lost"), queue.take("kept")
    assert lost is not None
    assert kept is not None
    for _ in range(2):
        queue.give_back_lost(lambda worker: worker == "kept")
    assert queue.lost == {archs[0].arch_id: 1}
    again = queue.take("third")
    assert again is not None
    assert again.arch == archs[0]
    queue.finish(again, NAS)
    queue.finish(lost, Accuracy(value=0.0, low=0.0, high=0.0, origin="measured"))  # it was alive, only slow
    queue.finish(kept, NAS)
    assert queue.results([arch.arch_id for arch in archs]) == {arch.arch_id: NAS for arch in archs[:2]}
    assert states(tmp_path) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert queue.error() is None


def test_a_failed_evaluation_is_told_once(
    queue: EvaluationQueue, tmp_path: Path, tiny_space: SearchSpace, archs: list[ArchConfig]
) -> None:
    queue.put(archs[:1])
    task = queue.take("worker")
    assert task is not None
    queue.fail(task, "no memory")
    assert queue.error() == "no memory"
    later = EvaluationQueue(tmp_path, tiny_space)
    assert later.error() is None  # the same command tries again
    later.put(archs[:1])
    assert states(tmp_path) == ["FAIL", "WAITING"]


def test_a_torn_record_is_dropped(
    queue: EvaluationQueue, tmp_path: Path, tiny_space: SearchSpace, archs: list[ArchConfig]
) -> None:
    queue.put(archs[:1])
    with (tmp_path / JOURNAL).open("a") as file:
        file.write('{"op_code": 4, "torn')
    later = EvaluationQueue(tmp_path, tiny_space)
    later.put(archs[:2])
    queue.announce("finished")
    assert later.state == "finished"
    assert states(tmp_path) == ["WAITING", "WAITING"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "magic"}, "unknown engine 'magic'; known: local, processes, ray"),
        ({"workers": 2}, "workers needs engine processes or ray"),
        ({"name": "processes", "workers": 0}, "workers must be at least 1, got 0"),
        ({"name": "processes", "address": "auto"}, "address needs engine ray"),
    ],
)
def test_bad_engines(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EngineConfig(**settings)  # type: ignore[arg-type]
