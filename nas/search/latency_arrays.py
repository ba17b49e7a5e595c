"""Public sets of measured latencies, devices by architectures, read without running what the files contain.

HELP (Lee et al., 2021): a folder of `metainfo.pt` and `latency/<device>.pt`, lists of milliseconds in the order of
the architectures. OneProxy (Lu et al., 2021): one pickle per device, a dict from architecture to seconds.
"""

import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class LatencyArrays:
    """`ops` (n, choices): which option each architecture takes at each place; `latency_ms` (n, devices)."""

    devices: tuple[str, ...]
    ops: np.ndarray
    latency_ms: np.ndarray

    def __post_init__(self) -> None:
        expected = (len(self.ops), len(self.devices))
        if self.ops.ndim != 2 or self.latency_ms.shape != expected:
            raise ValueError(f"latencies must be {expected}, got {self.latency_ms.shape}")
        good = np.isfinite(self.latency_ms) & (self.latency_ms > 0)
        if not good.all():
            row, column = (int(i) for i in np.argwhere(~good)[0])
            value = self.latency_ms[row, column]
            raise ValueError(f"device {self.devices[column]}: latency {value!r} of architecture {row} is not above 0")

    def group(self, device: str) -> str:
        """The device without its batch size, `2080ti_32` being `2080ti`."""
        name, _, batch = device.rpartition("_")
        return name if name and batch in ("1", "32", "64", "256") else device


def read_help(folder: Path, devices: Sequence[str] = ()) -> LatencyArrays:
    """HELP's FBNet folder; all devices unless named.

    Raises:
        ValueError: a file is missing, holds more than plain values, or lists another number of architectures.
    """
    ops = np.array([arch["op_idx_list"] for arch in _plain_torch(folder / "metainfo.pt")["arch"]], dtype=int)
    known = sorted(path.stem for path in (folder / "latency").glob("*.pt"))
    if unknown := [name for name in devices if name not in known]:
        raise ValueError(f"unknown device {unknown[0]!r} in {folder}; known: {', '.join(known)}")
    chosen = tuple(devices) or tuple(known)
    columns = [np.asarray(_plain_torch(folder / "latency" / f"{name}.pt"), dtype=float) for name in chosen]
    for name, column in zip(chosen, columns, strict=True):
        if column.shape != (len(ops),):
            raise ValueError(f"device {name} lists {column.size} latencies for {len(ops)} architectures")
    return LatencyArrays(devices=chosen, ops=ops, latency_ms=np.stack(columns, axis=1))


def read_oneproxy(paths: Sequence[Path]) -> LatencyArrays:
    """OneProxy's pickles, one per device; the architectures that all of them know.

    Raises:
        ValueError: a file holds more than plain values, is no dict of latencies, or shares no architecture.
    """
    tables = {}
    for path in paths:
        found = _plain_pickle(path)
        if not isinstance(found, dict):
            raise ValueError(f"{path} holds a {type(found).__name__}, not a dict from architecture to seconds")
        tables[path.stem] = {_choices(key): float(value) for key, value in found.items()}
    common = sorted(set.intersection(*(set(table) for table in tables.values()))) if tables else []
    if not common:
        raise ValueError("the files share no architecture")
    latency = np.array([[table[arch] for table in tables.values()] for arch in common]) * 1000
    return LatencyArrays(devices=tuple(tables), ops=np.array(common), latency_ms=latency)


def _choices(key: object) -> tuple[int, ...]:
    """Whole numbers of an architecture given as a tuple or as text such as `(1, 0, 4)`."""
    values = key if isinstance(key, tuple) else re.findall(r"-?\d+", str(key))
    return tuple(int(value) for value in values)


def _plain_torch(path: Path) -> Any:
    import torch

    try:
        return torch.load(path, weights_only=True)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"{path} is no torch file of plain values: {str(error).splitlines()[0]}") from None


class _PlainUnpickler(pickle.Unpickler):
    """Numbers, text, tuples, lists and dicts; anything that would have to be imported is refused."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"it wants {module_name}.{global_name}")


def _plain_pickle(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file).load()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError) as error:
        raise ValueError(f"{path} is no pickle of plain values: {error}") from None
