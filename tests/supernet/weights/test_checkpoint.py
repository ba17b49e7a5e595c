"""Checkpoints: kept whole when the disk is full, refused by name when damaged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from search_space import SearchSpace
from supernet import load_supernet, read_manifest, supernet_dataset, supernet_digest
from supernet.weights.checkpoint import file_digest


def test_a_disk_that_fills_up_keeps_the_last_good_state(
    trained: Path, tmp_path: Path, named_tiny: SearchSpace
) -> None:
    """The file system's own limit on file sizes stands for a full disk: writes fail in the middle."""
    folder, _ = damaged(trained, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}
    program = (
        "import resource, signal, torch; from pathlib import Path\n"
        "from supernet.weights.checkpoint import save_checkpoint\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        f"save_checkpoint(Path({str(folder)!r}), 99, {{'weights': {{'x': torch.zeros(10**6)}}}}, {{}})"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "cannot save step 99" in found.stderr.splitlines()[-1]
    assert {path.name: path.read_bytes() for path in folder.glob("*.safetensors")} == before
    load_supernet(folder)


def damaged(trained: Path, tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for path in trained.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder, next(folder.glob("weights-*"))


def rewrite(folder: Path, path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, path)
    manifest = json.loads((folder / "supernet.json").read_text())
    manifest["files"]["weights"]["sha256"] = file_digest(path)
    (folder / "supernet.json").write_text(json.dumps(manifest))


def test_truncated_file_is_named(trained: Path, tmp_path: Path, named_tiny: SearchSpace) -> None:
    folder, path = damaged(trained, tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=f"{path.name} is damaged"):
        load_supernet(folder)


@pytest.mark.parametrize("change", ["missing", "extra", "misshaped"])
def test_wrong_keys_are_named(trained: Path, tmp_path: Path, named_tiny: SearchSpace, change: str) -> None:
    folder, path = damaged(trained, tmp_path)
    tensors = load_file(path)
    name = sorted(tensors)[3]
    if change == "missing":
        del tensors[name]
    elif change == "extra":
        name = "stranger"
        tensors[name] = torch.zeros(1)
    else:
        tensors[name] = torch.zeros(7, 7, 7)
    rewrite(folder, path, tensors)
    with pytest.raises(ValueError, match=name):
        load_supernet(folder)


def test_manifest_cannot_point_outside_its_folder(trained: Path, tmp_path: Path, named_tiny: SearchSpace) -> None:
    folder, _ = damaged(trained, tmp_path)
    manifest = json.loads((folder / "supernet.json").read_text())
    manifest["files"]["weights"]["file"] = "../weights.safetensors"
    (folder / "supernet.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="no weights file is named"):
        load_supernet(folder)


def test_no_supernet_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="see nas train"):
        load_supernet(tmp_path)


def test_a_supernet_comes_back_with_its_weights(trained: Path, named_tiny: SearchSpace) -> None:
    supernet = load_supernet(trained)
    assert supernet.space == named_tiny
    assert not supernet.training
    manifest = read_manifest(trained)
    stored = load_file(trained / manifest["files"]["weights"]["file"])
    assert all(torch.equal(stored[name], value) for name, value in supernet.shared.items())
    assert supernet_dataset(trained) == manifest["data"] == "digits"
    assert supernet_digest(trained) == file_digest(trained / manifest["files"]["weights"]["file"])
