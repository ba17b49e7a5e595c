"""What `nas fit` says of errors, on screen and as a picture."""

from pathlib import Path

import pytest

from nas.cli.fit_report import print_report, write_plot
from predictors import load_predictor

WRITTEN = Path(__file__).parents[2] / "data" / "version-0.1.0" / "predictors"


def test_a_fitted_and_a_transferred_predictor_say_their_errors(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(load_predictor(WRITTEN / "cpu.json").judged, "ridge")
    fitted = capsys.readouterr().out
    print_report(load_predictor(WRITTEN / "my-board.json").judged, "transferred")
    transferred = capsys.readouterr().out
    assert "24 networks not fitted (48 fitted)" in fitted
    assert "summing blocks: +37.1%" in fitted
    assert "closest devices: cpu 0.995, jetson-nano 0.917" in transferred
    assert "3 networks not fitted (9 fitted)" in transferred


def test_the_picture_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "plot.png"
    write_plot(load_predictor(WRITTEN / "cpu.json").judged, "cpu", path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [each.name for each in path.parent.iterdir()] == ["plot.png"]
