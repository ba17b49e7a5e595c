"""Workers that join a search."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nas.errors import UserError
from nas.search.engines import EngineConfig
from nas.search.engines.worker import join
from nas.search.judge import PriorJudge, SupernetJudge
from nas.search.outcome import SearchResult

TWO = EngineConfig(name="processes", workers=2)
Search = Callable[..., SearchResult]


def test_a_second_search_is_refused_and_joining_needs_one_to_join(
    search: Search, supernet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(done: int) -> None:
        with pytest.raises(
            UserError, match=rf"in use by process {os.getpid()}; wait, stop it, or help it with --join"
        ):
            search(tmp_path, EngineConfig())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, EngineConfig(), on_trials=again)
    judge = SupernetJudge(supernet)
    with pytest.raises(UserError, match=r"no search runs in .*; start it without --join"):
        join(tmp_path / "nowhere", judge.supernet.space, judge)
    monkeypatch.setattr("nas.search.engines.worker.JOIN_WAIT", 0.1)
    with pytest.raises(UserError, match=r"no search that takes workers runs in .* --engine processes"):
        join(tmp_path / "run", judge.supernet.space, judge)


def test_predicted_accuracies_are_not_shared(search: Search, tmp_path: Path) -> None:
    from nas.search.engines import opened
    from search_space import named_space

    space = named_space("efficientvit")
    with (
        pytest.raises(UserError, match="engine processes needs accuracy: without a supernet"),
        opened(TWO, PriorJudge(), space=space, folder=tmp_path),
    ):
        pass
    with pytest.raises(UserError, match="join needs accuracy"):
        join(tmp_path, space, PriorJudge())
