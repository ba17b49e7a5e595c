"""Worker processes on a real supernet: the front of one process, whoever evaluates and whoever is killed."""

import contextlib
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.storages.journal import JournalFileBackend, JournalStorage

from nas.search.engines import EngineConfig
from nas.search.engines.queue import JOURNAL, STUDY_NAME
from nas.search.engines.worker import join
from nas.search.judge import SupernetJudge
from nas.search.outcome import SearchResult

FILES = ("front.csv", "front.json", "published.csv", "hypervolume.csv")
TWO = EngineConfig(name="processes", workers=2)
Search = Callable[..., SearchResult]


def trials(run: Path) -> list[optuna.trial.FrozenTrial]:
    storage = JournalStorage(JournalFileBackend(str(run / JOURNAL)))
    return optuna.load_study(study_name=STUDY_NAME, storage=storage).trials


def check_same(run: Path, alone: SearchResult) -> None:
    """The same files as by one process, and every network counted once."""
    for name in FILES:
        assert (run / name).read_bytes() == (alone.folder / name).read_bytes(), name
    done = Counter(trial.user_attrs["arch_id"] for trial in trials(run) if trial.state.name == "COMPLETE")
    assert set(done.values()) == {1}
    assert not [trial for trial in trials(run) if not trial.state.is_finished()]
    lines = (run.parent / "supernet" / "evaluations.jsonl").read_text().splitlines()
    evaluated = Counter(json.loads(line)["arch_id"] for line in lines)
    assert set(evaluated.values()) == {1}
    assert done.keys() <= evaluated.keys()
    assert not list((run / ".workers").glob("*"))


def kill_one_at_work(run: Path) -> None:
    """SIGKILL to a worker process that has a network under way."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = []
        if (run / JOURNAL).exists():
            with contextlib.suppress(KeyError):  # the file is there a moment before its study is
                found = trials(run)
        for trial in (each for each in found if each.state.name == "RUNNING"):
            if "worker" in trial.user_attrs and trial.number >= 5:
                os.kill(int(trial.user_attrs["worker"].rsplit("-", 2)[1]), signal.SIGKILL)
                return
        time.sleep(0.005)


def test_processes_find_the_same_though_one_is_killed(search: Search, alone: SearchResult, tmp_path: Path) -> None:
    run = tmp_path / "run"
    killer = threading.Thread(target=kill_one_at_work, args=[run])
    killer.start()
    search(tmp_path, TWO)
    killer.join()
    check_same(run, alone)
    assert [trial.state.name for trial in trials(run)].count("FAIL") <= 1
    assert len({trial.user_attrs["worker"] for trial in trials(run)}) >= 2


def test_a_further_worker_joins_until_the_end(
    search: Search, alone: SearchResult, supernet: Path, tmp_path: Path
) -> None:
    leader = threading.Thread(target=search, args=[tmp_path, EngineConfig(name="processes", workers=1)])
    leader.start()
    until = time.monotonic() + 60
    while not (tmp_path / "run" / JOURNAL).exists() and time.monotonic() < until:
        time.sleep(0.01)
    judge, evaluated = SupernetJudge(tmp_path / "supernet"), list[int]()
    finished = join(tmp_path / "run", judge.supernet.space, judge, on_evaluation=lambda: evaluated.append(1))
    leader.join()
    assert finished
    assert evaluated
    check_same(tmp_path / "run", alone)
    helped = Counter(trial.user_attrs["worker"] for trial in trials(tmp_path / "run"))
    assert len(helped) == 2
    assert len(evaluated) in helped.values()


def test_what_one_engine_began_another_ends(search: Search, alone: SearchResult, tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done >= 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, TWO, on_trials=stop)
    assert not (tmp_path / "run" / "front.csv").exists()
    search(tmp_path, EngineConfig())
    check_same(tmp_path / "run", alone)
