"""Fitting as functions: what they return is what they keep, and nothing is printed."""

import json
from pathlib import Path

import numpy as np
import pytest

from nas.devices import devices, find_device, fitted_path, latency_predictor
from nas.errors import UserError
from nas.fitting import (
    FitConfig,
    ProbeConfig,
    choose_probes,
    device_of,
    fit_device,
    known_predictors,
    prior_coefficients,
)
from predictors import CALIBRATED_DEVICES, FittedPredictor, LatencyTable, analytic_predictors, calibrated_predictor
from search_space import ArchConfig, named_space

DIGITS = Path(__file__).parents[2] / "results" / "latency" / "cpu-digits"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NAS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_predictor_returned_is_the_one_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = fit_device(FitConfig(device="cpu", table=DIGITS))
    assert capsys.readouterr() == ("", "")
    assert isinstance(found.predictor, FittedPredictor)
    assert (found.path, found.model) == (fitted_path(find_device("cpu"), "digits"), found.predictor.name)
    archs = [named_space("digits").smallest(), named_space("digits").largest()]
    kept = latency_predictor(find_device("cpu"), "digits").predict(archs, confidence=0.9)
    np.testing.assert_allclose(kept.p50_ms, found.predictor.predict(archs, confidence=0.9).p50_ms, rtol=1e-9)


def test_probes_are_returned_in_the_order_of_their_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = choose_probes(ProbeConfig(device="my-board", count=3, space="digits"))
    assert capsys.readouterr() == ("", "")
    assert (found.space, found.measured, found.folder) == ("digits", 0, Path("results/probes/my-board-digits"))
    assert list(found.expected_error) == sorted(found.expected_error, reverse=True)
    assert len(found.archs) == len(found.expected_error) == 3
    kept = [ArchConfig.from_json((found.folder / f"{arch.arch_id}.json").read_text()) for arch in found.archs]
    assert kept == list(found.archs)
    assert len(list(found.folder.iterdir())) == 3


@pytest.mark.parametrize("count", [0, 101])
def test_numbers_of_probes_have_bounds(count: int) -> None:
    with pytest.raises(UserError, match=f"--probe must be from 1 to 100, got {count}"):
        ProbeConfig(device="cpu", count=count, space="digits")


def test_a_device_becomes_known_with_its_own_table_alone(home: Path) -> None:
    (home / "board").mkdir()
    (home / "board" / "rows.csv").write_bytes((DIGITS / "rows.csv").read_bytes())
    manifest = json.loads((DIGITS / "manifest.json").read_text())
    (home / "board" / "manifest.json").write_text(json.dumps(manifest | {"device": "my-board"}))
    table = LatencyTable.load(home / "board")
    with pytest.raises(UserError, match="measured on device my-board, not on cpu"):
        device_of("cpu", table)
    assert "my-board" not in devices()
    assert device_of("my-board", table) == devices()["my-board"]
    assert devices()["my-board"].precision == table.manifest.precision


def test_known_predictors_are_in_the_order_named_without_the_device_itself(home: Path) -> None:
    nano = find_device("jetson-nano")
    named = known_predictors("a100, jetson-nano", find_device("cpu"), "digits")
    assert [each.device for each in named] == ["a100", "jetson-nano"]
    assert nano.name not in [each.device for each in known_predictors(None, nano, "digits")]
    with pytest.raises(UserError, match="--from names jetson-nano itself"):
        known_predictors("jetson-nano", nano, "digits")


def test_a_prior_is_calibrated_or_the_roofline_of_the_device(home: Path) -> None:
    known = analytic_predictors()
    calibrated = CALIBRATED_DEVICES[0]
    roofline = next(name for name in known if name not in CALIBRATED_DEVICES)
    expected = {
        calibrated: calibrated_predictor(calibrated).coefficients(),
        roofline: known[roofline].coefficients(),
    }
    for name, coefficients in expected.items():
        found = prior_coefficients(find_device(name))
        assert found is not None
        assert np.array_equal(found, coefficients)
