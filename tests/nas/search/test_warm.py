"""A second search of one supernet: it starts from every earlier evaluation and costs few new ones, or none."""

import json
from pathlib import Path

import numpy as np
import pytest

from nas.errors import UserError
from nas.search.config import SearchConfig
from nas.search.judge import SupernetJudge
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import analytic_predictors
from search_space import SearchSpace, named_space
from supernet import TrainConfig, load_dataset, train

FIRST, SECOND = "raspberry-pi-5", "raspberry-pi-4"
MOST, ALL = 0.12, 0.2  # ms: budgets that most and all networks of the tiny space keep on the second
DATA = "fractals:classes=2,per_class=32,test_per_class=20,size=16"  # few and small: quick to judge on


def train_hardly(space: SearchSpace, folder: Path, passes: int) -> None:
    data = load_dataset(DATA)
    space = space.for_data(classes=data.classes, in_channels=data.channels)
    train(space, data, folder, TrainConfig(passes=passes, batch=16), probes=0)


@pytest.fixture(scope="module")
def supernet(tmp_path_factory: pytest.TempPathFactory, named_tiny: SearchSpace) -> Path:
    """Hardly trained, and searched once for the first device."""
    folder = tmp_path_factory.mktemp("supernet")
    train_hardly(named_tiny, folder, passes=2)
    search(folder, folder / "first", FIRST, 0.06, trials=24)
    return folder


def search(supernet: Path, out: Path, device: str, budget_ms: float, **changes: object) -> SearchResult:
    judge, kill = SupernetJudge(supernet), changes.pop("kill", None)
    evaluated = 0

    def on_evaluation() -> None:
        nonlocal evaluated
        evaluated += 1
        if evaluated == kill:
            raise KeyboardInterrupt

    judge.on_evaluation = on_evaluation
    config = SearchConfig(
        targets=(Target(device=device, budget_ms=budget_ms),),
        space=judge.supernet.space,
        latency=analytic_predictors()[device],
        accuracy=judge,
        out=out,
        **changes,  # type: ignore[arg-type]
    )
    return run_search(prepare(config))


def evaluations(supernet: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (supernet / "evaluations.jsonl").read_text().splitlines()]


def test_another_device_without_a_new_evaluation(supernet: Path, tmp_path: Path) -> None:
    before = evaluations(supernet)
    found = search(supernet, tmp_path, SECOND, MOST, trials=0)
    assert evaluations(supernet) == before
    accuracy = {line["arch_id"]: line["accuracy"] for line in before}
    latency = analytic_predictors()[SECOND].predict([each.arch for each in found.front], confidence=0.9).high_ms
    assert [each.latency_high_ms for each in found.front] == pytest.approx(latency)
    assert found.best.accuracy.value == max(accuracy[each.arch.arch_id] for each in found.front)
    archs = SupernetJudge(supernet).earlier()
    within = analytic_predictors()[SECOND].predict(archs, confidence=0.9).high_ms <= MOST
    best = max(accuracy[arch.arch_id] for arch, fits in zip(archs, within, strict=True) if fits)
    assert found.best.accuracy.value == best


def test_a_limit_counts_new_evaluations_alone(supernet: Path, tmp_path: Path) -> None:
    before = {line["arch_id"] for line in evaluations(supernet)}
    found = search(supernet, tmp_path / "run", SECOND, MOST, trials=8)
    after = {line["arch_id"] for line in evaluations(supernet)}
    tried = json.loads((tmp_path / "run" / "earlier.json").read_text())
    assert set(tried) == before
    baselines = sum(each.tried for each in found.baselines)
    assert len(after - before) <= 8 + 1 + baselines  # trials, the fastest network, what has to be beaten
    assert {each.arch_id for each in found.run.accuracy_checks}.isdisjoint(before)
    assert len(found.run.accuracy_checks) == 8
    rows = (tmp_path / "run" / "hypervolume.csv").read_text().splitlines()
    assert rows[1].startswith("0,")


def test_killed_it_goes_on_from_the_same_evaluations(supernet: Path, tmp_path: Path) -> None:
    whole = tmp_path / "supernet"
    whole.mkdir()
    for path in supernet.iterdir():
        if path.is_file():
            (whole / path.name).write_bytes(path.read_bytes())
    wanted = search(whole, tmp_path / "whole", SECOND, ALL, trials=16)
    (whole / "evaluations.jsonl").write_bytes((supernet / "evaluations.jsonl").read_bytes())
    with pytest.raises(KeyboardInterrupt):
        search(whole, tmp_path / "killed", SECOND, ALL, trials=16, kill=6)
    found = search(whole, tmp_path / "killed", SECOND, ALL, trials=16)
    assert found.run.front == wanted.run.front
    assert found.run.accuracy_checks == wanted.run.accuracy_checks


def test_without_earlier_evaluations_there_is_nothing_to_choose_among(
    tmp_path: Path, named_tiny: SearchSpace
) -> None:
    train_hardly(named_tiny, tmp_path, passes=1)
    with pytest.raises(UserError, match="evaluations 0 chooses among earlier evaluations, and there are none"):
        search(tmp_path, tmp_path / "run", FIRST, 1.0, trials=0)


def test_lines_without_an_architecture_are_read_and_false_ones_are_not(supernet: Path, tmp_path: Path) -> None:
    for path in supernet.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    lines = evaluations(supernet)
    journal = tmp_path / "evaluations.jsonl"
    old = [{name: value for name, value in line.items() if name != "arch"} for line in lines]
    journal.write_text("".join(json.dumps(line) + "\n" for line in [*old[:5], *lines[5:]]))
    judge = SupernetJudge(tmp_path)
    assert len(judge.earlier()) == len(lines) - 5
    arch = next(each for each in SupernetJudge(supernet).earlier() if each.arch_id == lines[0]["arch_id"])
    assert judge([arch])[0].value == lines[0]["accuracy"]
    false = {**lines[0], "arch": lines[1]["arch"]}
    journal.write_text(json.dumps(lines[1]) + "\n" + json.dumps(false) + "\n")
    with pytest.raises(ValueError, match="line 2 is not an evaluation"):
        SupernetJudge(tmp_path)


def test_earlier_evaluations_are_told_with_this_device_s_latencies() -> None:
    from nas.search.arrays import Judged
    from nas.search.warm import MOST_TOLD, tell_earlier

    space, rng, heard = named_space("digits"), np.random.default_rng(0), []
    archs = list(dict.fromkeys(space.sample(rng) for _ in range(MOST_TOLD + 200)))
    objectives = rng.random((len(archs), 2))
    objectives[7] = -1.0  # dominates every other

    def judge(genotypes: np.ndarray) -> Judged:
        return Judged(objectives=objectives, excess={"budget": np.zeros(len(genotypes))})

    tell_earlier(lambda told: heard.append(told) or np.zeros(0), judge, space, archs)  # type: ignore[func-returns-value]
    assert MOST_TOLD - 1 <= len(heard[0]) <= MOST_TOLD + 1
    assert heard[0].objectives.min() == -1.0
    assert heard[0].objectives[:, 1].max() == objectives[:, 1].max()
