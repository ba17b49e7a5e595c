"""What a report reads: whole runs, older ones, later ones, broken ones."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nas.errors import UserError
from nas.report import read_run, write_report
from nas.report.fleet import latency_on
from nas.report.origins import cautions
from nas.report.page import render
from nas.report.preferences import preferences
from nas.report.trials import Trials, growth
from nas.report.verification import AccuracyCheck, accuracy_agreement, latency_agreement

Edit = Callable[[Callable[[dict[str, Any]], None]], Path]


def test_a_whole_run_lacks_only_what_was_not_measured(finished: Path) -> None:
    run = read_run(finished)
    front = json.loads((finished / "front.json").read_text())
    assert [each.arch_id for each in run.front] == [row["arch_id"] for row in front["front"]]
    assert run.best is not None
    assert run.best.arch_id == front["best"]
    assert run.trials is not None
    assert run.trials.count == 100
    assert all(each.arch is not None for each in (*run.front, *run.published))
    assert [gap.split(":")[0] for gap in run.gaps] == ["Nothing to compare predictions with"]


def test_reading_changes_nothing(finished: Path) -> None:
    def state() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(finished.rglob("*")) if path.is_file()}

    before = state()
    read_run(finished)
    assert state() == before


def test_blocks_add_up_to_the_predicted_median(finished: Path) -> None:
    run = read_run(finished)
    assert run.blocks is not None
    assert run.best is not None
    total = sum(each["latency_ms"] for each in run.blocks["operators"]) + run.blocks["fixed_ms"]
    assert total == pytest.approx(run.best.latency_p50_ms, rel=1e-3)


def test_an_older_run_without_later_columns_is_read(change: Edit) -> None:
    def forget(result: dict[str, Any]) -> None:
        for row in (*result["front"], *result["published"]):
            for name in ("accuracy_low", "latency_extrapolated", "macs", "attention_types", "latency_origin"):
                del row[name]
        for name in ("budget_ms", "accuracy", "latency", "confidence", "algorithm", "seed", "trials"):
            del result[name]
        for name in ("latency_verification", "verified_rounds", "verification"):
            del result[name]
        result["front"][0]["latency_measured_ms"] = 2.0

    folder = change(forget)
    (folder / "blocks.json").unlink()
    written = write_report(folder)
    assert any("full intervals" in gap for gap in written.gaps)
    assert any("blocks.json" in gap for gap in written.gaps)
    assert "No measured networks beside the front: the run is older than their record." in written.gaps
    assert "No predicted against found accuracy: the run is older than its record." in written.gaps
    assert len(read_run(folder).latency_checks) == 1


def test_every_measured_network_is_read_with_its_round(verified: Path) -> None:
    run, rows = read_run(verified), json.loads((verified / "front.json").read_text())["latency_verification"]
    assert [(each.round, each.arch_id, each.measured_ms, each.kept) for each in run.latency_checks] == [
        (row["round"], row["arch_id"], row["measured_ms"], row["kept"]) for row in rows
    ]
    assert len(rows) > len(run.front)
    assert len(run.rounds) == max(row["round"] for row in rows) > 1
    assert run.rounds[0].startswith(f"Round 1: {sum(row['round'] == 1 for row in rows)} networks measured, ")
    found = latency_agreement(run.latency_checks)
    assert found["broke"] == sum(not row["kept"] for row in rows) > 0
    errors = [abs(row["predicted_ms"] / row["measured_ms"] - 1) for row in rows]
    assert found["error"] == pytest.approx(100 * sum(errors) / len(errors))
    assert run.gaps == ()


def test_the_agreement_of_accuracies_is_as_by_hand() -> None:
    pairs = [(70.0, 71.0), (72.0, 70.0), (74.0, 74.0), (75.0, 76.0)]
    checks = [AccuracyCheck(arch_id="abcd", predicted=predicted, found=found) for predicted, found in pairs]
    # ranks 1 2 3 4 against 2 1 3 4: 1 - 6 x 2 / (4 x 15)
    assert accuracy_agreement(checks) == pytest.approx({"networks": 4, "error": 1.0, "bias": 0.0, "spearman": 0.8})
    assert accuracy_agreement(checks[:2])["spearman"] is None


@pytest.mark.parametrize(
    ("name", "rows", "gap"),
    [
        ("latency_verification", [{"round": 1, "arch_id": "ab", "kept": True}], "No measured networks beside"),
        ("verified_rounds", [{"number": 1}], "No account of the rounds"),
        ("verification", [{"arch_id": "ab", "predicted": 1.0, "found": None}], "No predicted against found accuracy"),
    ],
)
def test_a_broken_record_is_a_stated_gap(change: Edit, name: str, rows: list[Any], gap: str) -> None:
    assert any(each.startswith(gap) for each in write_report(change(lambda result: result.update({name: rows}))).gaps)


def test_columns_of_a_later_version_are_shown(change: Edit) -> None:
    folder = change(lambda result: result["front"][0].update({"latency_high_ms:cpu": 12.25, "rank": [1, 2]}))
    assert dict(read_run(folder).front[0].others) == {"latency_high_ms:cpu": 12.25}
    text = write_report(folder).path.read_text()
    assert "latency_high_ms:cpu" in text
    assert ">12.25<" in text


def test_published_models_of_a_run_that_has_them_in_its_table_only(change: Edit) -> None:
    folder = change(lambda result: result.pop("published"))
    names = {each.name: each for each in read_run(folder).published}
    assert names["mit-b1"].parameters == 9_102_024
    (folder / "published.csv").unlink()
    assert "No published models: the run holds none." in read_run(folder).gaps


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda result: result["front"][1].pop("accuracy"), "row 1 of front needs a number as accuracy, got None"),
        (lambda result: result["front"][0].update(latency_p50_ms=-1), "needs a positive latency_p50_ms, got -1"),
        (lambda result: result["front"][0].update(accuracy=float("nan")), "needs a number as accuracy, got nan"),
        (lambda result: result["front"][0].update(arch_id="../secret"), "hexadecimal digits, got '../secret'"),
        (lambda result: result["front"].append(3), "must be an object, got int"),
        (lambda result: result.update(front=None), "front must be a list, got NoneType"),
    ],
)
def test_a_broken_result_is_named(change: Edit, edit: Callable[[dict[str, Any]], None], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        write_report(change(edit))
    assert "front.json" in str(error.value)


def test_an_unfinished_search_and_another_folder_are_told_apart(run: Path, tmp_path: Path) -> None:
    (run / "front.json").write_text('{"front": [')
    with pytest.raises(UserError, match=r"cannot read .*front\.json"):
        read_run(run)
    (run / "front.json").unlink()
    with pytest.raises(UserError, match="has not finished"):
        read_run(run)
    with pytest.raises(UserError, match="is no run of nas search"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("path", "content", "gap"),
    [
        ("study.journal", None, "No hypervolume over trials: study.journal is missing."),
        ("study.journal", "no journal\nat all\n", "No hypervolume over trials: study.journal cannot be read"),
        ("study.journal", "", "No hypervolume over trials: study.journal cannot be read (it holds no study)."),
        ("blocks.json", "{", "No latency by block of the chosen network: blocks.json cannot be used"),
        ("blocks.json", '{"arch_id": "0000"}', "blocks.json cannot be used (it is about 0000)"),
    ],
)
def test_a_broken_part_is_a_stated_gap(run: Path, path: str, content: str | None, gap: str) -> None:
    (run / path).unlink() if content is None else (run / path).write_text(content)
    assert any(gap in each for each in write_report(run).gaps)
    assert (run / path).exists() == (content is not None)


def test_found_against_published_is_read_with_its_verdicts(finished: Path, change: Edit) -> None:
    run = read_run(finished)
    assert [each.name for each in run.against] == [each.name for each in run.published]
    for each in run.against:
        assert each.gain is not None
        assert each.is_gain == (each.words == "gain")
        assert each.gain != 0 or each.words == "cannot be told apart"
        assert each.arch_id in {network.arch_id for network in run.published}
        assert (finished / "archs" / f"{each.found}.json").exists()
    assert len(run.baselines) == 3
    assert "random networks (300 tried)" in run.baselines[0]

    def spoil(result: dict[str, Any]) -> None:
        del result["found_against_published"][2]["within_goals"]
        result["baselines"] = [{"name": "a"}]

    broken = read_run(change(spoil))
    assert (broken.against, broken.baselines) == ((), ())
    assert [gap.split(":")[0] for gap in broken.gaps[-2:]] == [
        "No comparison with the published models",
        "No comparison with simple methods",
    ]


def test_a_fleet_is_read_with_the_network_that_serves_each_device(fleet: Path) -> None:
    run = read_run(fleet)
    assert run.fleet is not None
    assert [each.device for each in run.fleet.devices] == ["jetson-agx-orin", "jetson-nano"]
    for index, device in enumerate(run.fleet.devices):
        found = [latency_on(each, device.device, first=index == 0) for each in device.front]
        assert found == sorted(found)  # type: ignore[type-var]
        assert found[-1] <= device.budget_ms  # type: ignore[operator]
        for networks, shares in run.fleet.sharing:
            network = shares[index].network
            assert network in networks
            assert 100 - network.judged_error == pytest.approx(shares[index].accuracy, abs=1e-3)  # type: ignore[union-attr,operator]
    # as many networks as devices cost nothing
    assert [share.price for share in run.fleet.sharing[-1][1]] == [0.0, 0.0]


@pytest.mark.parametrize("content", [None, "{", '{"devices": [{"device": "a"}]}'])
def test_a_missing_or_broken_fleet_is_a_stated_gap(fleet: Path, tmp_path: Path, content: str | None) -> None:
    folder = shutil.copytree(fleet, tmp_path / "run")
    (folder / "fleet.json").unlink() if content is None else (folder / "fleet.json").write_text(content)
    assert any(gap.startswith("No fronts by device") for gap in write_report(folder).gaps)


def test_missing_architectures_are_counted(run: Path) -> None:
    total = len(read_run(run).front)
    # published members are known without their files
    first, second, *_ = (run / "archs" / f"{each.arch_id}.json" for each in read_run(run).front if not each.published)
    first.unlink()
    second.write_text("{}")
    assert any(f"No architecture for 2 of {total} networks" in gap for gap in write_report(run).gaps)


def test_an_empty_front_makes_a_page(change: Edit) -> None:
    def empty(result: dict[str, Any]) -> None:
        result.update(front=[], published=[], best=None)

    assert any("front is empty" in gap for gap in write_report(change(empty)).gaps)


def test_hypervolume_grows_as_by_hand() -> None:
    points = np.array([[50.0, 8.0], [90.0, 9.0], [20.0, 20.0], [40.0, 9.0], [100.0, 1.0]])
    feasible = np.array([True, True, False, True, True])
    trials = Trials(objectives=points, feasible=feasible, places=np.array([1, 2, 3, 7, 9]), count=12)
    found = growth(trials, budget_ms=10.0)
    # box 100 x 10: 50 x 2 from the first, 10 x 1 more from the fourth; the worst error lies on the edge
    assert found.reference == (100.0, 10.0)
    assert found.trial == (1, 1, 7, 9, 12)
    assert found.share == pytest.approx((0.0, 10.0, 11.0, 11.0, 11.0))


def test_preferences_count_every_network_once(finished: Path) -> None:
    run = read_run(finished)
    attention, scales, depth = preferences(each.arch for each in run.front if each.arch)
    for counter in (*attention.counts.values(), *depth.counts.values()):
        assert counter.total() == len(run.front)
    for stride, counter in scales.counts.items():
        assert counter.total() == attention.counts[stride]["linear"]
    linear = sum(f"{stride}:linear" in each.attention_types for each in run.front for stride in (8, 16, 32, 64))
    assert sum(counter["linear"] for counter in attention.counts.values()) == linear


def test_a_contested_latency_is_shown_with_its_caution(finished: Path, fleet: Path, change: Edit) -> None:
    sentence = "jetson-agx-orin: contested: others measured mit-b2 15.8 ms, not 2.8; mit-b3 44.3 ms, not 4.4 "
    for folder in (finished, fleet):
        (found,) = cautions(read_run(folder))
        assert found.startswith(sentence)
        assert found.endswith("nas collect --device jetson --host user@board")

    def measured(result: dict[str, Any]) -> None:
        result["latency"] = "jetson-agx-orin: fitted to 120 networks"
        for row in (*result["front"], *result["published"]):
            row["latency_origin"] = "measured"

    assert sentence in render(read_run(finished))
    assert cautions(read_run(change(measured))) == []


def test_a_caution_goes_with_the_device_that_it_is_about(fleet: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fleet, tmp_path / "run")
    result = json.loads((folder / "front.json").read_text())
    result["device"], result["further"] = "jetson-nano", [["jetson-agx-orin", 10.0]]
    result["latency"] = "jetson-nano: calibrated on 12 rows; jetson-agx-orin: calibrated on 16 rows"
    (folder / "front.json").write_text(json.dumps(result))
    assert [each.partition(":")[0] for each in cautions(read_run(folder))] == ["jetson-agx-orin"]
