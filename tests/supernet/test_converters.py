"""Published checkpoints: the same tensors both ways, and files that are refused by name."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from search_space import PUBLISHED, MitHead, published
from supernet import build
from supernet.converters import (
    from_published,
    load_published,
    read_checkpoint,
    recognise,
    resize_table,
    save_weights,
    stored_arch,
    to_published,
)


@pytest.mark.parametrize("naming", ["timm", "authors"])
@pytest.mark.parametrize("model", ["mit-b0", "msra-m0"])
def test_there_and_back_is_the_same_state(model: str, naming: str) -> None:
    arch = published(model)
    state = build(arch, seed=0).state_dict()
    again = from_published(to_published(state, arch, naming), arch, naming, "memory").state
    assert again.keys() == state.keys()
    assert all(torch.equal(again[name], state[name]) for name in state)


def saved(tmp_path: Path, change: str) -> Path:
    arch, path = published("msra-m0"), tmp_path / "m0.safetensors"
    state = to_published(build(arch, seed=0).state_dict(), arch, "timm")
    if change == "missing":
        del state["head.linear.bias"]
    elif change == "extra":
        state["head.extra"] = torch.zeros(1)
    elif change == "renamed":
        state["head.renamed"] = state.pop("head.linear.bias")
    elif change == "misshaped":
        state["head.linear.bias"] = torch.zeros(3)
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    if change == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    return path


def test_a_file_loads_whichever_names_it_has(tmp_path: Path) -> None:
    arch = published("msra-m0")
    network = build(arch, seed=0)
    for naming in ("timm", "authors"):
        path = tmp_path / f"{naming}.pt"
        torch.save({"model": to_published(network.state_dict(), arch, naming)}, path)
        found = load_published(path, arch).state_dict()
        assert all(torch.equal(value, found[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("missing", "key 'head.linear.bias' is missing"),
        ("renamed", "key 'head.linear.bias' is missing"),
        ("extra", "key 'head.extra' is unknown"),
        ("misshaped", r"key 'head.linear.bias' has shape \(3,\), not \(1000,\)"),
        ("truncated", "m0.safetensors is not a whole safetensors file"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_published(saved(tmp_path, change), published("msra-m0"))


class Bomb:
    """Creates a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    torch.save({"state_dict": Bomb(trap)}, tmp_path / "bomb.pt")
    with pytest.raises(ValueError, match=r"bomb.pt is not a checkpoint of tensors alone"):
        read_checkpoint(tmp_path / "bomb.pt")
    assert not trap.exists()


@pytest.mark.parametrize("model", ["mit-b0", "mit-l1", "msra-m0"])
@pytest.mark.parametrize("naming", ["timm", "authors", "native"])
def test_a_written_file_is_recognised(tmp_path: Path, model: str, naming: str) -> None:
    network, path = build(published(model), seed=0), tmp_path / "weights.safetensors"
    save_weights(network, path, naming)
    names = [name for name in PUBLISHED if "seg" not in name and "xl" not in name and "l3" not in name]
    name, found = recognise(path, names)
    assert (name, found.naming, found.notes) == (model, naming, ())
    assert all(torch.equal(found.state[name], value) for name, value in network.state_dict().items())
    assert stored_arch(path) == network.arch


def test_a_foreign_file_names_the_closest_model(tmp_path: Path) -> None:
    state = to_published(build(published("msra-m0"), seed=0).state_dict(), published("msra-m0"), "timm")
    save_file(
        {name: value.contiguous() for name, value in state.items() if "head" not in name}, tmp_path / "x.safetensors"
    )
    with pytest.raises(ValueError, match=r"'head.bn.bias' is missing \(6 in all\); closest published model: msra-m0"):
        recognise(tmp_path / "x.safetensors", ["mit-b0", "msra-m0", "msra-m1"])


def test_epsilons_follow_the_names(tmp_path: Path) -> None:
    """timm: 1e-5 in linear attention and in the L heads; the M family has nothing of the kind."""
    for model, conv_eps in (("mit-b0", None), ("mit-l1", 1e-5)):
        arch = published(model)
        state = build(arch, seed=0).state_dict()
        by_authors = from_published(to_published(state, arch, "authors"), arch, "authors", "memory").arch
        by_timm = from_published(to_published(state, arch, "timm"), arch, "timm", "memory").arch
        assert by_authors == arch
        assert by_timm.attention_eps == 1e-5
        assert isinstance(by_timm.head, MitHead)
        assert by_timm.head.conv_norm_eps == conv_eps
    arch = published("msra-m0")
    state = build(arch, seed=0).state_dict()
    assert from_published(to_published(state, arch, "timm"), arch, "timm", "memory").arch == arch


def test_the_backbone_of_a_whole_model_or_of_a_sam_encoder(tmp_path: Path) -> None:
    whole = published("mit-l1")
    state = to_published(build(whole, seed=0).state_dict(), whole, "authors")
    backbone = replace(whole, head=None)
    found = from_published(state, backbone, "authors", "memory")
    assert found.notes == ("11 tensors outside the backbone left out",)
    sam = {f"image_encoder.{name}": value for name, value in state.items() if name.startswith("backbone.")}
    again = from_published({**sam, "mask_decoder.x": torch.zeros(1)}, backbone, "authors", "memory")
    assert all(torch.equal(again.state[name], value) for name, value in found.state.items())


def test_matrices_of_old_files_become_convolutions() -> None:
    arch = published("msra-m0")
    state = build(arch, seed=0).state_dict()
    old = to_published(state, arch, "authors")
    name = "blocks1.0.ffn0.m.pw1.c.weight"
    old[name] = old[name].flatten(1)
    found = from_published(old, arch, "authors", "memory")
    assert all(torch.equal(found.state[name], value) for name, value in state.items())
    assert found.notes == (f"{name}: (128, 64) became (128, 64, 1, 1)",)


def test_smaller_windows_take_the_smaller_distances() -> None:
    table = torch.arange(49.0).reshape(1, 7, 7)
    assert torch.equal(resize_table(table.reshape(1, 49), 16).reshape(4, 4), table[0, :4, :4])


def test_larger_windows_interpolate() -> None:
    """A constant stays constant, a ramp stays ascending, heads do not mix."""
    table = torch.stack([torch.full((16,), 3.0), torch.arange(4.0).repeat(4)])
    found = resize_table(table, 49).reshape(2, 7, 7)
    assert torch.allclose(found[0], torch.full((7, 7), 3.0))
    assert (found[1].diff(dim=1) > 0).all()
    assert torch.allclose(found[1], found[1][:1].expand(7, 7), atol=1e-6)


def test_another_input_size_adapts_the_tables() -> None:
    """At 384 pixels the last windows are 6x6 instead of 4x4, at 128 the middle ones 4x4 instead of 7x7."""
    arch = published("msra-m0")
    state = to_published(build(arch, seed=0).state_dict(), arch, "timm")
    tables = {
        size: from_published(state, replace(arch, resolution=(size, size)), "timm", "memory") for size in (128, 384)
    }
    assert tables[384].state["levels.64.blocks.0.attention.biases"].shape == (4, 36)
    assert tables[128].state["levels.32.blocks.0.attention.biases"].shape == (4, 16)
    assert len(tables[384].notes) == 3
    with torch.no_grad():
        assert tables[384].network()(torch.zeros(1, 3, 384, 384)).isfinite().all()
