"""A race: every racer trains as long, the best mean wins, and its result is kept and read back."""

import sys
from pathlib import Path

import pytest

from search_space import SearchSpace
from supernet import ImageData, TrainConfig, race, read_race, write_race
from supernet.training.race import RACERS, Race


@pytest.fixture
def result() -> Race:
    scores = {name: 10.0 + index for index, name in enumerate(RACERS)}
    return Race(winner=RACERS[-1], passes=5, run_passes=1234, accuracies=scores)


def test_the_best_mean_wins(tiny_space: SearchSpace, few_digits: ImageData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["supernet.training.race"], "JUDGED", 2)  # the package has a function of that name
    told = list[tuple[int, int]]()
    config = TrainConfig(batch=32, seed=1)
    found = race(tiny_space, few_digits, config, 4, 400, lambda done, total: told.append((done, total)))
    assert found.accuracies.keys() == set(RACERS)
    assert found.accuracies[found.winner] == max(found.accuracies.values())
    assert (found.passes, found.run_passes) == (4, 400)
    assert told == [(done, len(RACERS)) for done in range(1, len(RACERS) + 1)]


def test_it_is_kept_and_told_best_first(result: Race, tmp_path: Path) -> None:
    write_race(result, tmp_path / "race.json")
    assert read_race(tmp_path / "race.json") == result
    assert result.describe().startswith(f"recipe {RACERS[-1]}: after 5 passes each, {RACERS[-1]} 14.0 %, ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is not the result of a race"),
        ('{"winner": "x"}', "is not the result of a race"),
        ('{"winner": "x", "passes": 1, "run_passes": 1, "accuracies": {}}', "unknown recipe 'x'; delete the file"),
    ],
)
def test_what_is_no_race_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "race.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_race(tmp_path / "race.json")
