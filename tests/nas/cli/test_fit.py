"""`nas fit` and `nas show --device`: fits, transfers, probes, refusals, and what they leave behind."""

import json
from pathlib import Path

import pytest

from nas.cli.fit import fit
from nas.cli.show import show
from nas.devices import find_device, latency_predictor
from nas.errors import UserError
from predictors import FittedPredictor, TransferredPredictor
from search_space import ArchConfig, arch_from_dict, named_space

DIGITS = Path(__file__).parents[3] / "results" / "latency" / "cpu-digits"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NAS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """The committed table under the name of a device that nobody knows."""
    folder = tmp_path / "board"
    folder.mkdir()
    (folder / "rows.csv").write_bytes((DIGITS / "rows.csv").read_bytes())
    manifest = json.loads((DIGITS / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"device": "my-board"}))
    return folder


def fit_digits(device: str = "cpu", **options: object) -> None:
    fit(device=device, space="digits", as_json=True, **options)


def test_fit_leaves_a_predictor_a_plot_and_the_contract(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit_digits(table=DIGITS)
    report = json.loads(capsys.readouterr().out)
    for key in ("mape", "within_5", "within_10", "p90", "kendall", "spearman", "noise_floor", "coverage", "n_fit"):
        assert isinstance(report[key], float | int)
    assert report["n_held_out"] == 24
    assert set(report["baselines"]) == {"macs_affine", "table_sum"}
    assert report["mape"] < 0.05 < report["baselines"]["macs_affine"]["mape"]
    assert Path(report["plot"]).read_bytes().startswith(b"\x89PNG")
    predictor = latency_predictor(find_device("cpu"), "digits")
    assert isinstance(predictor, FittedPredictor)
    assert str(predictor.rows_digest) in Path(report["path"]).read_text()


def test_few_samples_on_known_devices_beat_any_of_them_alone(
    home: Path, board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit_digits("my-board", table=board, known="raspberry-pi-5,a100,jetson-nano", samples=12)
    report = json.loads(capsys.readouterr().out)
    assert (report["n_fit"], report["n_held_out"]) == (12, 24)
    assert report["mape"] < 0.75 * min(found["mape"] for found in report["baselines"].values())
    predictor = latency_predictor(find_device("my-board"), "digits")
    assert isinstance(predictor, TransferredPredictor)
    archs = [named_space("digits").smallest()]
    found = predictor.predict(archs, confidence=0.9)
    assert (found.origin, found.low_ms < found.p50_ms, found.p50_ms < found.high_ms) == ("transferred", True, True)
    with pytest.raises(ValueError, match=r"no interval at 95% .* measure more networks on my-board"):
        predictor.predict(archs, confidence=0.95)


def test_a_copy_of_a_known_device_is_recognised(home: Path, board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit_digits(table=DIGITS)
    fit_digits("my-board", table=board, known="jetson-agx-orin,cpu", samples=10)
    report = json.loads(capsys.readouterr().out.split("\n}\n")[1] + "}")
    assert max(report["closest"], key=lambda name: report["closest"][name]) == "cpu"
    assert report["mape"] < 0.06


def test_probes_are_named_and_written(home: Path, board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit_digits("my-board", probe=6, out=home / "probes")
    first = json.loads(capsys.readouterr().out)
    errors = [probe["expected_error"] for probe in first["probes"]]
    assert errors == sorted(errors, reverse=True)
    assert 1 <= first["stop_after"] <= 6
    for probe in first["probes"]:
        path = home / "probes" / f"{probe['arch_id']}.json"
        assert arch_from_dict(json.loads(path.read_text())).arch_id == probe["arch_id"]
        assert ArchConfig.from_json(path.read_text()) in named_space("digits")
    fit_digits("my-board", probe=3, table=board, out=home / "more")
    later = json.loads(capsys.readouterr().out)
    assert later["probes"][0]["expected_error"] < errors[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "needs --table TABLE .* or --probe N"),
        ({"device": "jetson-nano", "table": DIGITS}, "measured on device cpu, not on jetson-nano"),
        ({"table": DIGITS, "samples": 5}, "--samples needs --from"),
        ({"table": DIGITS, "known": "cpu", "samples": 5}, "--from names cpu itself"),
        ({"table": DIGITS, "known": "toaster", "samples": 5}, "unknown device 'toaster'; known: cpu, jetson"),
        ({"table": DIGITS, "known": "jetson", "samples": 500}, "asked for 500 samples, the table has 72"),
        ({"probe": 0}, "--probe must be from 1 to 100, got 0"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises((UserError, ValueError), match=message):
        fit_digits(**changes)  # type: ignore[arg-type]
    assert not (home / "home" / "predictors").exists()


@pytest.mark.parametrize("device", ["jetson", "jetson-orin-nano", "cpu", "my-board"])
def test_blocks_of_every_kind_of_predictor_add_up(
    home: Path, board: Path, device: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if device == "cpu":
        fit_digits(table=DIGITS)
    if device == "my-board":
        fit_digits("my-board", table=board, known="raspberry-pi-5,a100", samples=12)
    capsys.readouterr()
    path = home / "arch.json"
    path.write_text(named_space("digits").largest().to_json())
    show(str(path), resolution=None, device=device, confidence=0.9, space="digits", as_json=True)
    latency = json.loads(capsys.readouterr().out)["latency"]
    blocks = [each["latency_ms"] for each in latency["operators"]]
    assert min(blocks) >= 0
    assert sum(blocks) + latency["fixed_ms"] == pytest.approx(latency["p50_ms"], rel=1e-3)
    assert sum(latency["by_kind"].values()) == pytest.approx(sum(blocks) / latency["p50_ms"], abs=1e-3)
    assert len(latency["closest"]) == (0 if device == "jetson-orin-nano" else 3)
    show(str(path), resolution=None, device=device, confidence=0.9, space="digits", as_json=False)
    assert "█" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["My Board", "../x", 'a"]\nb'])
def test_odd_device_names_are_refused(home: Path, board: Path, name: str) -> None:
    manifest = json.loads((board / "manifest.json").read_text())
    (board / "manifest.json").write_text(json.dumps(manifest | {"device": name}))
    with pytest.raises(ValueError, match="is no name; use small letters"):
        fit_digits(name, table=board)
