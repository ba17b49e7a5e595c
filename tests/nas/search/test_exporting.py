"""The chosen network as a file, or why there is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from nas.search.config import SearchConfig
from nas.search.exporting import export_best
from nas.search.judge import Accuracy, Candidate
from nas.search.known import Download
from nas.search.targets import Target
from search_space import named_space

CONFIG = SearchConfig(targets=(Target(device="cpu", budget_ms=10.0),), space="digits", seed=3)


@pytest.fixture
def best() -> Candidate:
    accuracy = Accuracy(value=90.0, low=89.0, high=91.0, origin="prior")
    return Candidate(network=named_space("digits").smallest(), accuracy=accuracy, latencies=())


def test_without_a_supernet_the_weights_are_said_to_be_random(best: Candidate, tmp_path: Path) -> None:
    path = tmp_path / f"{best.arch.arch_id}.onnx"
    assert export_best(best, tmp_path, CONFIG).startswith(f"{path}: random weights (no supernet), difference")
    assert path.stat().st_size > 0


def test_what_can_be_downloaded_is_not_written(best: Candidate, tmp_path: Path) -> None:
    download = Download(top1=80.0, source="a list", weights="somewhere", command="get it")
    found = export_best(replace(best, download=download), tmp_path, CONFIG)
    assert found == f"not exported: the weights of {best.name} have to be downloaded; get it"
    assert list(tmp_path.iterdir()) == []
