"""Public latency sets: read as they are laid out, refused when they hold code, gaps or another order."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from nas.search.latency_arrays import LatencyArrays, read_help, read_oneproxy


@pytest.fixture
def help_folder(tmp_path: Path) -> Path:
    (tmp_path / "latency").mkdir()
    archs = [{"op_idx_list": [i, 2 * i, 1]} for i in range(4)]
    torch.save({"arch": archs}, tmp_path / "metainfo.pt")
    torch.save([1.0, 2.0, 3.0, 4.0], tmp_path / "latency" / "titanx_1.pt")
    torch.save([2.0, 4.0, 6.0, 9.0], tmp_path / "latency" / "titanx_32.pt")
    return tmp_path


def test_help_folders_are_read(help_folder: Path) -> None:
    found = read_help(help_folder)
    assert found.devices == ("titanx_1", "titanx_32")
    assert found.ops.tolist() == [[i, 2 * i, 1] for i in range(4)]
    assert found.latency_ms[:, 1].tolist() == [2.0, 4.0, 6.0, 9.0]
    assert {found.group(device) for device in found.devices} == {"titanx"}
    assert read_help(help_folder, ["titanx_32"]).latency_ms.shape == (4, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], "lists 2 latencies for 4 architectures"),
        ([1.0, 2.0, float("nan"), 4.0], "device a: latency .*nan.* of architecture 2 is not above 0"),
        ([1.0, 0.0, 3.0, 4.0], "latency .*0.0.* of architecture 1"),
        ([1.0, 2.0, 3.0, -1.0], "of architecture 3"),
    ],
)
def test_broken_columns_are_named(help_folder: Path, values: list[float], message: str) -> None:
    torch.save(values, help_folder / "latency" / "a.pt")
    with pytest.raises(ValueError, match=message):
        read_help(help_folder)


def test_unknown_devices_and_missing_files_are_named(help_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown device 'toaster' .*; known: titanx_1, titanx_32"):
        read_help(help_folder, ["toaster"])
    with pytest.raises(ValueError, match=r"cannot read .*metainfo\.pt"):
        read_help(tmp_path / "nowhere")


def test_oneproxy_pickles_are_matched_by_architecture(tmp_path: Path) -> None:
    (tmp_path / "cpu.pickle").write_bytes(pickle.dumps({(0, 1): 0.002, (1, 1): 0.003, (2, 0): 0.004}))
    (tmp_path / "gpu.pickle").write_bytes(pickle.dumps({"(1, 1)": 0.001, "(0, 1)": 0.0005}))
    found = read_oneproxy([tmp_path / "cpu.pickle", tmp_path / "gpu.pickle"])
    assert found.devices == ("cpu", "gpu")
    assert found.ops.tolist() == [[0, 1], [1, 1]]
    assert found.latency_ms == pytest.approx(np.array([[2.0, 0.5], [3.0, 1.0]]))


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("bomb"),)  # type: ignore[return-value]


def test_files_with_code_are_refused_unrun(help_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(help_folder)
    (help_folder / "cpu.pickle").write_bytes(pickle.dumps({(0,): _Bomb()}))
    with pytest.raises(ValueError, match=r"cpu\.pickle is no pickle of plain values: it wants"):
        read_oneproxy([help_folder / "cpu.pickle"])
    torch.save([_Bomb()], help_folder / "latency" / "b.pt")
    with pytest.raises(ValueError, match=r"b\.pt is no torch file of plain values"):
        read_help(help_folder)
    assert not (help_folder / "bomb").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [([1.0], "holds a list, not a dict"), ({}, "share no architecture")],
)
def test_pickles_of_another_shape_are_refused(tmp_path: Path, content: object, message: str) -> None:
    (tmp_path / "x.pickle").write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=message):
        read_oneproxy([tmp_path / "x.pickle"])


def test_shapes_must_match() -> None:
    with pytest.raises(ValueError, match=r"latencies must be \(3, 1\), got \(2, 1\)"):
        LatencyArrays(devices=("a",), ops=np.zeros((3, 2), dtype=int), latency_ms=np.ones((2, 1)))
