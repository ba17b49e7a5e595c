"""The trials of a run, as its journals have them."""

from pathlib import Path

import optuna
import pytest

from nas.runs.trials import load_study, read_all_trials, read_trials
from nas.search.journal import open_journal

METRICS = ("error, %", "latency on board, ms")


def journal(path: Path, rows: list[tuple[float, float, int, float]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    study = open_journal(path, METRICS)
    for error, ms, number, excess in rows:
        study.add_trial(
            optuna.trial.create_trial(
                values=[error, ms], user_attrs={"number": number}, constraints={"budget": excess}
            )
        )
    return path


def test_trials_come_in_the_order_of_the_search(tmp_path: Path) -> None:
    found = read_trials(journal(tmp_path / "study.journal", [(30, 2, 5, 0.0), (40, 1, 0, 0.5)]), asked=12)
    assert found.objectives.tolist() == [[40, 1], [30, 2]]
    assert found.places.tolist() == [1, 6]
    assert found.feasible.tolist() == [False, True]
    assert found.count == 12


def test_further_spaces_come_after_the_first(tmp_path: Path) -> None:
    journal(tmp_path / "study.journal", [(30, 2, 0, 0.0)])
    journal(tmp_path / "spaces" / "b" / "study.journal", [(20, 3, 1, 0.0)])
    found = read_all_trials(tmp_path, asked=10)
    assert (found.objectives.tolist(), found.places.tolist(), found.count) == ([[30, 2], [20, 3]], [1, 12], 20)


def test_reading_makes_no_journal(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"study\.journal is missing"):
        read_all_trials(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_journal_without_trials_is_named(tmp_path: Path) -> None:
    path = journal(tmp_path / "study.journal", [])
    assert load_study(path) is not None
    with pytest.raises(ValueError, match="holds no finished trials with an error and a latency"):
        read_trials(path)
