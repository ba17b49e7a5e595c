"""Published weights: the commands that get them, and `nas export --pretrained` with and without the file."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nas.archs import find_arch
from nas.deploy.weights import download, find_pretrained, hub_file, manual_commands, weights_command, weights_place
from nas.errors import UserError
from predictors import published_networks
from search_space import published
from supernet import build
from supernet.converters import save_weights

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def nas(*arguments: str, cwd: Path, hub: Path) -> subprocess.CompletedProcess[str]:
    """The command line without a network, with huggingface_hub's cache in `hub`."""
    environment = {**os.environ, "HF_HOME": str(hub), "HF_HUB_OFFLINE": "1", "NAS_HOME": str(cwd / "home")}
    command = [sys.executable, "-c", "from nas.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)


def test_commands_name_timms_file_before_the_authors() -> None:
    l2 = find_pretrained(find_arch("mit-l2@384"))
    assert hub_file(l2) == ("timm/efficientvit_l2.r384_in1k", "model.safetensors")
    assert weights_command(l2) == "nas export mit-l2@384 --pretrained"
    assert weights_place(l2) == "timm/efficientvit_l2.r384_in1k or the authors' efficientvit_l2_r384.pt"
    assert manual_commands(l2) == (
        "hf download timm/efficientvit_l2.r384_in1k model.safetensors --local-dir mit-l2-384",
        "nas export mit-l2@384 --weights mit-l2-384/model.safetensors",
    )
    authors = find_pretrained(find_arch("mit-l2@320"))
    assert hub_file(authors) == ("han-cai/efficientvit-cls", "efficientvit_l2_r320.pt")


def test_weights_outside_the_hub_are_fetched_by_address() -> None:
    m5 = replace(find_pretrained(published("msra-m5")), timm=None, timm_top1=None)
    get, export = manual_commands(m5)
    assert get == f"curl -LO {m5.authors}"
    assert export == "nas export msra-m5 --weights efficientvit_m5.pth"
    assert weights_command(m5) == f"{get} && {export}"
    with pytest.raises(
        UserError, match=r"huggingface\.co does not have the weights; by hand: curl -LO https://github"
    ):
        download(m5)


def test_the_architecture_in_every_command_is_the_networks_own() -> None:
    for network in published_networks():
        for command in (weights_command(network), manual_commands(network)[1]):
            found = re.search(r"nas export (\S+)", command)
            assert found
            assert find_arch(found[1]) == network.arch


def test_sizes_without_weights_are_refused_with_those_that_have_some() -> None:
    with pytest.raises(UserError, match=r"no published weights are known for mit-l1@384; known: mit-l1$"):
        find_pretrained(find_arch("mit-l1@384"))
    with pytest.raises(UserError, match=r"known for mit-l2@352; known: mit-l2, mit-l2@256, .*mit-l2@384"):
        find_pretrained(find_arch("mit-l2@352"))
    with pytest.raises(UserError, match="known for mit-b0-seg-cityscapes; known: mit-b0, mit-b1, "):
        find_pretrained(published("mit-b0-seg-cityscapes"))


def test_without_the_file_or_a_network_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    found = nas("export", "mit-l2@384", "--pretrained", cwd=tmp_path, hub=tmp_path / "hub")
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    assert "cannot get model.safetensors of huggingface.co/timm/efficientvit_l2.r384_in1k" in found.stderr
    assert found.stderr.strip().endswith("nas export mit-l2@384 --weights mit-l2-384/model.safetensors")
    assert list(tmp_path.glob("*.onnx")) == []


def test_without_huggingface_hub_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match="needs huggingface_hub: pip install huggingface_hub; by hand: hf download"):
        download(find_pretrained(published("msra-m0")))


def test_a_file_in_the_cache_is_converted_and_checked(tmp_path: Path) -> None:
    """As safetensors, which takes seconds; ONNX files and their checks have tests of their own."""
    folder = tmp_path / "hub" / "hub" / "models--timm--efficientvit_b0.r224_in1k"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    network = build(published("mit-b0"), seed=0).eval()
    save_weights(network, folder / "snapshots" / COMMIT / "model.safetensors", "timm")
    found = nas(
        "export", "efficientvit_b0", "--pretrained", "--format", "safetensors", cwd=tmp_path, hub=tmp_path / "hub"
    )
    assert found.returncode == 0, found.stderr
    assert "mit-b0.safetensors: input 1x3x224x224" in found.stdout
    assert "weights of timm/efficientvit_b0.r224_in1k" in " ".join(found.stdout.split())
    assert (tmp_path / "mit-b0.safetensors").stat().st_size > 13e6


def test_sources_of_weights_exclude_each_other(tmp_path: Path) -> None:
    found = nas("export", "mit-b1", "--pretrained", "--weights", "x", cwd=tmp_path, hub=tmp_path / "hub")
    assert found.returncode == 2
    assert "--supernet, --weights and --pretrained exclude each other" in found.stderr
