"""`nas convert` and safetensors exports give back the same numbers; bad files are one line."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nas.cli.convert import convert
from nas.deploy.exporting import export_network
from nas.errors import UserError
from search_space import published
from supernet import build, load_published, save_weights


@pytest.mark.parametrize(("model", "naming"), [("mit-b0", "timm"), ("msra-m0", "authors"), ("mit-b0", "native")])
def test_there_and_back_bit_for_bit(model: str, naming: str, tmp_path: Path) -> None:
    first, other, again = (tmp_path / f"{name}.safetensors" for name in ("first", "other", "again"))
    save_weights(build(published(model), seed=1), first, naming)
    convert(first, to="authors" if naming == "timm" else "timm", out=other, arch=None)
    convert(other, to=naming, out=again, arch=model)
    expected, found = load_file(first), load_file(again)
    assert expected.keys() == found.keys() != load_file(other).keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_a_file_without_metadata_is_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "model.safetensors"
    save_weights(build(published("mit-b0"), seed=1), source, "timm")
    save_file(load_file(source), source)
    convert(source, to="authors", out=tmp_path / "out.safetensors", arch=None)
    assert ": mit-b0, " in capsys.readouterr().out.replace("\n", " ")


def test_exported_weights_load_again(tmp_path: Path) -> None:
    network = build(published("msra-m0"), seed=1)
    report = export_network(network, tmp_path / "m0.safetensors", "safetensors")
    again = load_published(report.path, network.arch).state_dict()
    assert all(torch.equal(again[name], value) for name, value in network.state_dict().items())


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    source = tmp_path / "model.safetensors"
    save_file({"a": torch.zeros(1)}, source)
    out = tmp_path / "out.safetensors"
    with pytest.raises(UserError, match="unknown naming 'keras'; known: native, timm, authors"):
        convert(source, to="keras", out=out, arch=None)
    with pytest.raises(UserError, match=r"has to end in \.safetensors"):
        convert(source, to="timm", out=tmp_path / "out.pth", arch=None)
    with pytest.raises(ValueError, match=r"key .* is missing"):
        convert(source, to="timm", out=out, arch=None)
    assert list(tmp_path.iterdir()) == [source]
