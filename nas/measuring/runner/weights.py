"""Graphs travel without their weights; these are made from a seed, the same bits on every machine."""

from __future__ import annotations

import array
import functools
import json
import math
import random
import struct
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.system import memory_mib

POOL = 65521  # a prime, so that repeating the pool repeats no rows of a matrix
SMALLEST_NORMAL_HALF = 2.0**-14


@functools.lru_cache(maxsize=2)
def _pool(seed: int) -> list[float]:
    """Nearly normal numbers of variance 1: sums of 12 uniform ones, the same bits on every machine."""
    draw = random.Random(seed).random  # noqa: S311
    return [sum(draw() for _ in range(12)) - 6.0 for _ in range(POOL)]


@functools.lru_cache(maxsize=64)
def _scaled_pool(seed: int, std: float, dtype: str) -> bytes:
    values = [std * value for value in _pool(seed)]
    if dtype == "float32":
        return array.array("f", values).tobytes()
    if dtype == "bfloat16":  # the upper half of a float32
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    values = [math.copysign(max(abs(value), SMALLEST_NORMAL_HALF), value) for value in values]
    return struct.pack(f"<{len(values)}e", *values)


def write_weights(tensors: Sequence[Mapping[str, Any]], path: Path, seed: int) -> None:
    """Write the values of the tensors of one model at their offsets, the same for the same seed.

    Each has `dtype` (float32, float16 or bfloat16), `shape`, `offset` and `fill`: `zero`, `one`, or `normal` with its
    `std`.
    """
    with Path(path).open("wb") as file:
        for index, tensor in enumerate(tensors):
            size = {"float32": 4, "float16": 2, "bfloat16": 2}[tensor["dtype"]]
            length = size * functools.reduce(lambda a, b: a * b, tensor["shape"], 1)
            if tensor["fill"] == "normal":
                unit = _scaled_pool(seed, tensor["std"], tensor["dtype"])
                start = size * (7919 * index % POOL)  # equal shapes get different values
            else:
                unit, start = _constant({"zero": 0.0, "one": 1.0}[tensor["fill"]], tensor["dtype"]) * 1024, 0
            file.seek(tensor["offset"])
            view, position = unit[start:] + unit[:start], 0
            while position < length:
                position += file.write(view[: length - position])


def _constant(value: float, dtype: str) -> bytes:
    return struct.pack("<e", value) if dtype == "float16" else struct.pack("<f", value)[2 * (dtype == "bfloat16") :]


class Model(NamedTuple):
    """The graph of a model as ONNX, and the records that its weights are made from."""

    key: str
    graph: bytes
    weights: Mapping[str, Any]


def read_model(graph: Path) -> Model:
    """The model of an ONNX file with its weight records beside it."""
    records = json.loads(graph.with_suffix(".json").read_text(encoding="utf-8"))
    return Model(graph.stem, graph.read_bytes(), records)


def place_model(model: Model, work: Path, seed: int) -> Path:
    """Write the graph to `<key>.onnx` in `work`, and beside it its weights, made from the seed; returns the graph.

    Raises:
        ModelError: the machine has too little memory for it.
    """
    work.mkdir(parents=True, exist_ok=True)
    record, available = model.weights, memory_mib("MemAvailable")
    if available and 2 * record["bytes"] > available << 20:  # the file and the runtime's own layout of it
        raise ModelError(f"needs about {record['bytes'] >> 19} MiB of memory, {available} MiB are available")
    write_weights(record["tensors"], work / record["file"], seed)
    path = work / f"{model.key}.onnx"
    path.write_bytes(model.graph)
    return path
