"""The study of a search: named as its run and its objectives; older journals stay readable and go on."""

from pathlib import Path

import optuna
import pytest
from optuna.storages.journal import JournalFileBackend, JournalStorage

from nas.runs.trials import load_study, read_trials
from nas.search.config import SearchConfig
from nas.search.journal import open_journal, study_name
from nas.search.targets import Target

METRICS = ("error, %", "latency on board, ms")


def add(study: optuna.Study, values: tuple[float, float]) -> None:
    study.add_trial(optuna.trial.create_trial(values=list(values)))


def older(storage: Path, name: str = "search") -> optuna.Study:
    journal = JournalStorage(JournalFileBackend(str(storage)))
    return optuna.create_study(storage=journal, study_name=name, directions=["minimize"] * 2)


def test_a_study_has_the_name_of_its_run_and_of_its_objectives(tmp_path: Path) -> None:
    folder = tmp_path / "jetson-10ms"
    folder.mkdir()
    study = open_journal(folder / "study.journal", METRICS)
    assert study.study_name == "jetson-10ms"
    assert study.metric_names == list(METRICS)
    assert optuna.get_all_study_names(study._storage) == ["jetson-10ms"]
    add(study, (30.0, 2.0))
    assert list(study.trials_dataframe(multi_index=True)["values"]) == list(METRICS)


def test_a_later_round_says_which(tmp_path: Path) -> None:
    assert study_name(tmp_path / "run" / "rounds" / "2" / "study.journal") == "run-round-2"
    assert study_name(tmp_path / "run" / "study.journal") == "run"


def test_an_older_journal_is_read_and_goes_on(tmp_path: Path) -> None:
    storage = tmp_path / "study.journal"
    add(older(storage), (30.0, 2.0))
    study = open_journal(storage, METRICS)
    add(study, (20.0, 3.0))
    again = open_journal(storage, METRICS)
    assert (again.study_name, len(again.trials)) == ("search", 2)
    assert again.metric_names == list(METRICS)
    assert read_trials(storage).objectives.tolist() == [[30.0, 2.0], [20.0, 3.0]]


def test_opening_again_writes_nothing(tmp_path: Path) -> None:
    storage = tmp_path / "study.journal"
    open_journal(storage, METRICS)
    before = storage.read_bytes()
    open_journal(storage, METRICS)
    assert storage.read_bytes() == before


def test_a_moved_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    add(open_journal(tmp_path / "old" / "study.journal", METRICS), (30.0, 2.0))
    (tmp_path / "old").rename(tmp_path / "new")
    study = open_journal(tmp_path / "new" / "study.journal", METRICS)
    assert (study.study_name, len(study.trials)) == ("old", 1)


def test_another_journal_is_refused(tmp_path: Path) -> None:
    storage = tmp_path / "study.journal"
    open_journal(storage, METRICS)
    with pytest.raises(ValueError, match=r"is not a search journal .it has 2 objectives, not 3.; delete"):
        open_journal(storage, (*METRICS, "macs"))
    older(storage, "another")
    with pytest.raises(ValueError, match="it holds 2 studies: "):
        open_journal(storage, METRICS)


def test_no_study(tmp_path: Path) -> None:
    assert load_study(tmp_path / "study.journal") is None


def test_objectives_are_named_in_their_order() -> None:
    targets = (Target(device="a", budget_ms=1.0), Target(device="b", budget_ms=2.0))
    config = SearchConfig(targets=targets, objectives=("memory", "macs", "latency"))
    assert config.metrics == ("error, %", "latency on a, ms", "latency on b, ms", "memory, MB", "macs")
