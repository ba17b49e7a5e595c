"""The search: deterministic, resumable, never worse than the published models, within its budget."""

import csv
import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas.cli.fronts import front_table
from nas.errors import BudgetError, UserError
from nas.report import write_report
from nas.search.answer import answer
from nas.search.config import SearchConfig
from nas.search.feasibility import fastest
from nas.search.judge import Accuracy
from nas.search.known import Known
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import calibrated_predictor
from search_space import ArchConfig, arch_cost, named_space

SPACE = named_space("efficientvit")
ORIN = calibrated_predictor("jetson-agx-orin")


def config(**changes: object) -> SearchConfig:
    """A search on Orin; `budget_ms` is its budget."""
    target = Target(device="jetson-agx-orin", budget_ms=changes.pop("budget_ms", 10.0))  # type: ignore[arg-type]
    values = {"targets": (target,), "space": SPACE, "latency": ORIN, "trials": 120, "population": 20}
    return SearchConfig(**(values | changes))  # type: ignore[arg-type]


def search(folder: Path, settings: SearchConfig, **hooks: object) -> SearchResult:
    """Without what is known before."""
    prepared = prepare(replace(settings, out=folder, accuracy=hooks.pop("accuracy", None)))  # type: ignore[arg-type]
    return run_search(replace(prepared, known=Known()), **hooks)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> SearchResult:
    return search(tmp_path_factory.mktemp("run"), config())


def test_front_is_within_budget_and_not_dominated(result: SearchResult) -> None:
    points = np.array([candidate.objectives for candidate in result.front])
    assert len(points) >= 8
    assert (points[:, 1] <= 10).all()
    for point in points:
        assert not ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()


def test_never_worse_than_the_published_models_under_the_same_judge(result: SearchResult) -> None:
    for reference in result.published:
        if reference.latency_high_ms <= 10:
            error, latency = reference.objectives
            assert any(e <= error and ms <= latency for e, ms in (c.objectives for c in result.front))


def test_files_hold_the_contract(result: SearchResult) -> None:
    rows = list(csv.DictReader((result.folder / "front.csv").read_text().splitlines()))
    wanted = (
        "arch_id name accuracy accuracy_low accuracy_high accuracy_origin latency_p50_ms latency_low_ms "
        "latency_high_ms latency_origin latency_measured_ms parameters macs resolution attention_types published"
    )
    assert set(wanted.split()) <= set(rows[0])
    assert {row["accuracy_origin"] for row in rows} == {"prior"}
    assert {row["latency_origin"] for row in rows} == {"calibrated"}
    assert {row["latency_measured_ms"] for row in rows} == {""}
    for row in rows:
        arch = ArchConfig.from_json((result.folder / "archs" / f"{row['arch_id']}.json").read_text())
        assert arch.arch_id == row["arch_id"]
        assert arch in SPACE
    payload = json.loads((result.folder / "front.json").read_text())
    assert payload["best"] == result.best.arch.arch_id
    assert {row["name"].partition("@")[0] for row in payload["published"]} == set(SPACE.members)
    assert (result.folder / "front.png").read_bytes().startswith(b"\x89PNG")


def test_best_is_the_most_accurate_within_the_budget(result: SearchResult) -> None:
    assert result.best.accuracy.judged == max(candidate.accuracy.judged for candidate in result.front)


def test_same_seed_same_front_and_another_seed_another(result: SearchResult, tmp_path: Path) -> None:
    again = search(tmp_path / "again", config())
    other = search(tmp_path / "other", config(seed=1))
    first = (result.folder / "front.csv").read_bytes()
    assert (again.folder / "front.csv").read_bytes() == first
    assert (other.folder / "front.csv").read_bytes() != first


def test_interrupted_search_ends_with_the_same_front(result: SearchResult, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int) -> None:
        if done in (20, 60):
            raise KilledError

    for _ in range(2):
        with pytest.raises(KilledError):
            search(tmp_path, config(), on_trials=kill if _ == 0 else lambda done: kill(done - 20))
    with (tmp_path / "study.journal").open("a") as journal:
        journal.write('{"op_code": 4, "torn')
    search(tmp_path, config())
    assert (tmp_path / "front.csv").read_bytes() == (result.folder / "front.csv").read_bytes()


class CoarseJudge:
    """Scores of a metric of its own with many equals, which only the order of trials tells apart."""

    cheap = True

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        values = [2.0 * round(2 * math.log(arch_cost(arch).macs)) for arch in archs]
        return [Accuracy(value=value, low=0.0, high=100.0, origin="measured", metric="mIoU") for value in values]

    def describe(self) -> str:
        return "coarse"


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> SearchResult:
    return search(tmp_path_factory.mktemp("coarse"), config(trials=160), accuracy=CoarseJudge())


def test_tables_the_answer_and_the_page_name_the_metric_of_the_judge(coarse: SearchResult) -> None:
    assert {row.metric for row in (*coarse.run.front, *coarse.run.published)} == {"mIoU"}
    assert [each.header for each in front_table(coarse.run.front, "", 1).columns][1] == "mIoU %"
    found = answer(coarse, config(), spaces=[SPACE], slowest_ms=100.0)
    assert " % (0 to 100) mIoU (" in found.deploy
    text = write_report(coarse.folder, coarse.folder / "metric.html").path.read_text()
    assert "<dt>mIoU</dt>" in text
    assert "<button>mIoU, %</button>" in text
    assert '"mIoU, %"' in text
    assert "top-1" not in text


@pytest.mark.parametrize("stop", [20, 40, 60, 100, 140])
def test_equals_do_not_depend_on_an_interruption(coarse: SearchResult, tmp_path: Path, stop: int) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int) -> None:
        if done == stop:
            raise KilledError

    settings = config(trials=160)
    with pytest.raises(KilledError):
        search(tmp_path, settings, accuracy=CoarseJudge(), on_trials=kill)
    search(tmp_path, settings, accuracy=CoarseJudge())
    assert (tmp_path / "front.csv").read_bytes() == (coarse.folder / "front.csv").read_bytes()


@pytest.mark.parametrize("algorithm", ["nsga2", "nsga3", "random", "tpe", "QMCSampler"])
def test_any_sampler_of_optuna_goes_on_where_it_was_stopped(tmp_path: Path, algorithm: str) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int) -> None:
        if done == 20:
            raise KilledError

    settings = config(sampler=algorithm, trials=40)
    search(tmp_path / "whole", settings)
    with pytest.raises(KilledError):
        search(tmp_path / "killed", settings, on_trials=kill)
    search(tmp_path / "killed", settings)
    for name in ("front.csv", "hypervolume.csv"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()


def test_hypervolume_grows_over_trials(result: SearchResult) -> None:
    rows = list(csv.DictReader((result.folder / "hypervolume.csv").read_text().splitlines()))
    shares = [float(row["hypervolume"]) for row in rows]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert rows[-1]["trials"] == "120"


def test_finished_search_adds_no_trial(result: SearchResult) -> None:
    before = (result.folder / "study.journal").read_text().count('"op_code":4')
    search(result.folder, config())
    assert (result.folder / "study.journal").read_text().count('"op_code":4') == before


def test_study_opens_in_optuna(result: SearchResult) -> None:
    import optuna
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    storage = JournalStorage(JournalFileBackend(str(result.folder / "study.journal")))
    study = optuna.load_study(study_name=result.folder.name, storage=storage)
    assert study.metric_names == ["error, %", "latency on jetson-agx-orin, ms"]
    assert len(study.trials) == 120
    assert len(study.best_trials) >= 1


def test_another_search_in_the_same_folder_is_refused(result: SearchResult) -> None:
    with pytest.raises(UserError, match=r"holds another search \(differs in seed\)"):
        search(result.folder, config(seed=5))


def test_unreachable_budget_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(
        BudgetError, match=r"fastest architecture, [0-9a-f]{16}.*nearest budget that can be met: "
    ) as error:
        search(tmp_path, config(budget_ms=0.001))
    nearest = float(str(error.value).rsplit(" ", 1)[1].removesuffix("ms"))
    _, high_ms = fastest(SPACE, ORIN, 0.9)
    assert high_ms <= nearest <= 1.01 * high_ms


def test_fastest_is_no_slower_than_random_members() -> None:
    rng = np.random.default_rng(0)
    _, high_ms = fastest(SPACE, ORIN, 0.9)
    assert high_ms <= ORIN.predict([SPACE.sample(rng) for _ in range(500)], confidence=0.9).high_ms.min()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampler": "magic"}, "unknown algorithm 'magic'; known: pareto, nsga2"),
        ({"confidence": 1.5}, "confidence must lie between 0 and 1"),
        ({"trials": 1}, "trials must be at least 2"),
    ],
)
def test_bad_settings(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        config(**changes)


def test_killed_process_goes_on(tmp_path: Path) -> None:
    """SIGKILL in the middle of a search from the command line; the same command ends as an uninterrupted one."""
    code = "from nas.cli import main; main()"

    def command(folder: str) -> list[str]:
        options = ["--device", "jetson", "--budget", "10ms", "--trials", "400", "--out", str(tmp_path / folder)]
        return [sys.executable, "-c", code, "search", *options]

    killed = subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = tmp_path / "killed" / "study.journal"
    while killed.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 120):
        time.sleep(0.002)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    lines = journal.read_bytes().count(b"\n")
    for folder in ("killed", "whole"):
        subprocess.run(command(folder), check=True, capture_output=True)
    assert lines < 400
    assert (tmp_path / "killed" / "front.csv").read_bytes() == (tmp_path / "whole" / "front.csv").read_bytes()
