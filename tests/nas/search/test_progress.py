"""The hypervolume over trials, by hand."""

from pathlib import Path

import numpy as np
import pytest

from nas.search.arrays import Judged
from nas.search.pareto import Told
from nas.search.progress import POINTS, Progress, told


def front(*points: tuple[float, float]) -> Told:
    return Told(
        genotypes=np.zeros((len(points), 1), dtype=int),
        objectives=np.array(points),
        violations=np.zeros(len(points)),
    )


def progress(trials: int) -> tuple[Progress, list[int]]:
    heard = list[int]()
    return Progress(reference=np.array([100.0, 10.0]), trials=trials, on_trials=heard.append), heard


def test_the_share_of_the_box_that_a_front_dominates() -> None:
    found, heard = progress(trials=30)
    found.advance(None, 10)  # nothing keeps the budget yet
    found.advance(front((50.0, 5.0)), 10)
    found.advance(front((50.0, 5.0), (80.0, 1.0)), 10)
    assert heard == [10, 20, 30]
    assert [(done, size) for done, _, size in found.curve] == [(20, 1), (30, 2)]
    assert [share for _, share, _ in found.curve] == pytest.approx([0.25, 0.25 + 20 * 4 / 1000])


def test_long_searches_keep_some_points_and_the_last() -> None:
    found, heard = progress(trials=2 * POINTS)
    for _ in range(2 * POINTS):
        found.advance(front((50.0, 5.0)), 1)
    assert [done for done, _, _ in found.curve] == [*range(1, 2 * POINTS, 2), 2 * POINTS]
    assert heard == list(range(1, 2 * POINTS + 1))


def test_a_front_stalls_when_it_grew_too_little_over_a_window() -> None:
    found, _ = progress(trials=40)
    found.advance(front((50.0, 5.0)), 10)
    assert not found.stalled(10, 0.1)  # nothing is as long ago
    found.advance(front((40.0, 5.0)), 10)  # from 0.25 to 0.3
    assert not found.stalled(10, 0.1)
    assert found.stalled(10, 0.25)
    found.advance(front((40.0, 5.0)), 10)
    assert found.stalled(10, 0.0)
    assert not found.stalled(20, 0.1)


def test_the_curve_is_a_table(tmp_path: Path) -> None:
    found, _ = progress(trials=20)
    found.advance(front((50.0, 5.0)), 20)
    found.write(tmp_path / "hypervolume.csv")
    assert (tmp_path / "hypervolume.csv").read_text() == "trials,hypervolume,front\n20,0.250000,1\n"


def test_what_is_told_is_what_was_judged() -> None:
    excess = {"budget": np.array([-0.5, 0.25]), "max-params": np.array([0.5, 1.0])}
    judged = Judged(objectives=np.array([[1.0, 2.0], [3.0, 4.0]]), excess=excess)
    found = told(np.array([[7], [8]]), judged)
    assert found.genotypes.tolist() == [[7], [8]]
    assert found.objectives.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert found.violations.tolist() == [0.5, 1.25]
