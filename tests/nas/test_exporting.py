"""An export as a function: where the weights are from, and what is refused before anything is built."""

from pathlib import Path

import pytest
import torch

from nas.archs import find_arch
from nas.errors import UserError
from nas.exporting import ExportConfig, build_network, export_arch, find_weights
from search_space import named_space
from supernet import build


def test_a_network_of_ours_is_written_and_nothing_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arch = named_space("digits").smallest()
    file, out = tmp_path / "arch.json", tmp_path / "network.onnx"
    file.write_text(arch.to_json())
    found = export_arch(ExportConfig(arch=str(file), out=out, batch=2))
    assert capsys.readouterr().out == ""
    assert found.report.path == out
    assert found.report.bytes == out.stat().st_size
    assert found.report.input_shape == (2, arch.in_channels, *arch.resolution)
    assert (found.weights, found.notes, found.images) == ("random weights", (), None)


def test_random_weights_are_those_of_the_seed() -> None:
    arch = named_space("digits").smallest()
    config = ExportConfig(arch="any", seed=7)
    assert find_weights(config, arch) == (None, "random weights")
    network, notes = build_network(config, arch, None)
    expected = build(arch, seed=7).state_dict()
    assert notes == ()
    assert all(torch.equal(value, expected[name]) for name, value in network.state_dict().items())


def test_weights_are_said_to_be_of_their_file() -> None:
    file = Path("m0.safetensors")
    found = find_weights(ExportConfig(arch="msra-m0", weights=file), find_arch("msra-m0"))
    assert found == (file, "weights of m0.safetensors")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": Path("x"), "pretrained": True}, "exclude each other"),
        ({"random": True}, "--random is for models of timm"),
        ({"export_format": "tflite"}, "unknown format 'tflite'; known: onnx"),
        ({"arch": "timm:lcnet_050.ra2_in1k", "export_format": "safetensors"}, "models of timm go to onnx"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        export_arch(ExportConfig(**{"arch": "mit-b0"} | changes))  # type: ignore[arg-type]
