"""Models without their weights: graphs, and records from which `runner.write_weights` makes values of a seed.

Latency of dense layers does not depend on the values as long as they are ordinary numbers, so a graph and a seed are
all that has to travel. The values live in an ONNX external-data file that each runtime reads by itself.
"""

import math
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from nas.deploy.to_onnx import EXPORTER, OPSET, OPSET_BF16, write_onnx
from nas.disk.files import read_json, write_atomically, write_json
from nas.measuring.models.quantise import describe_scheme, quantise
from nas.measuring.plan import Item
from nas.measuring.runner.weights import Model, place_model

if TYPE_CHECKING:
    from torch import nn

EXPORT = f"{EXPORTER}, opset {OPSET}, weights from a seed"
_SIZES = {"float32": 4, "float16": 2, "bfloat16": 2}
ALIGNMENT = 64
_WEIGHTS = {("Conv", 1), ("ConvTranspose", 1), ("Gemm", 1), ("MatMul", 1), ("MatMul", 0)}
_ZEROS = {("Conv", 2), ("Gemm", 2), ("LayerNormalization", 2), ("Gather", 0), ("Add", 1), ("Add", 0)}
_ONES = {("LayerNormalization", 1)}


def describe_export(precision: str, *, signed_int8: bool) -> str:
    """How the models of a table came about."""
    if precision == "bf16":
        return EXPORT.replace(f"opset {OPSET}", f"opset {OPSET_BF16}")
    return f"{EXPORT}, {describe_scheme(signed=signed_int8)}" if precision == "int8" else EXPORT


def write_model(item: Item, folder: Path, *, batch: int, precision: str, signed_int8: bool) -> None:
    """Write `<key>.onnx`, the graph of an item, and `<key>.json`, its weight records, to `folder`."""
    module, shape = build_item(item, batch=batch)

    def write(temporary: Path) -> None:
        write_onnx(module, shape, temporary, precision="fp32" if precision == "int8" else precision)
        if precision == "int8":
            _quantise(temporary, item.key, signed=signed_int8)
        strip_weights(temporary, item.key, folder)

    write_atomically(folder / f"{item.key}.onnx", write)


def _quantise(path: Path, name: str, *, signed: bool) -> None:
    """Put the QDQ form in the place of an fp32 graph, calibrated with the weights that it will run with."""
    with TemporaryDirectory() as found:
        folder = Path(found)
        strip_weights(path, name, folder)
        records = read_json(folder / f"{name}.json")
        placed = place_model(Model(name, path.read_bytes(), records), folder / "placed", seed=0)
        quantise(placed, path, signed=signed)


def build_item(item: Item, *, batch: int) -> "tuple[nn.Module, tuple[int, ...]]":
    """The module of an item, random weights, and the shape of its input."""
    import torch

    from supernet import build, build_operator
    from supernet.layers import initialise

    if item.arch is not None:
        return build(item.arch, seed=0), (batch, item.arch.in_channels, *item.arch.resolution)
    if item.module is not None:
        return item.module(), (batch, 3, item.height, item.width)
    assert item.operator is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return initialise(build_operator(item.operator)), (batch, *item.operator.inputs[-1])


def strip_weights(path: Path, name: str, folder: Path) -> None:
    """Take the weights out of the ONNX file at `path` and leave their records in `<name>.json` in `folder`.

    What a constant is, such as a shape or an epsilon, stays. Names of source files, which the exporter leaves in the
    graph, go.
    """
    import onnx

    model = onnx.load(str(path))
    uses = defaultdict[str, set[tuple[str, int]]](set)
    for node in reversed(model.graph.node):
        through = node.op_type in ("QuantizeLinear", "DequantizeLinear")
        for index, used in enumerate(node.input):
            uses[used] |= uses[node.output[0]] if through and index == 0 else {(node.op_type, index)}
    tensors, offset = list[dict[str, Any]](), 0
    for tensor in model.graph.initializer:
        if (fill := _fill(tensor, uses[tensor.name])) is None:
            continue
        shape = list(tensor.dims)
        dtype = _dtype(tensor)
        length = math.prod(shape) * _SIZES[dtype]
        tensors.append({"dtype": dtype, "shape": shape, "offset": offset, **fill})
        _make_external(tensor, f"{name}.data", offset, length)
        offset = -(-(offset + length) // ALIGNMENT) * ALIGNMENT
    _drop_metadata(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    record = {"file": f"{name}.data", "bytes": offset, "tensors": tensors}
    write_json(folder / f"{name}.json", record, indent=None, compact=True)


def _fill(tensor: Any, uses: set[tuple[str, int]]) -> dict[str, Any] | None:
    """How to fill a tensor, or None where its values are constants of the graph.

    Normal values have the variance 1 / fan-in: without batch norms, He's 2 / fan-in grows by the depth until fp16
    overflows.
    """
    if not _dtype(tensor) or not tensor.dims or not uses:
        return None
    if uses <= _WEIGHTS and len(tensor.dims) > 1:
        fan_in = math.prod(tensor.dims[1:]) if ("MatMul", 1) not in uses else tensor.dims[-2]
        return {"fill": "normal", "std": round(fan_in**-0.5, 6)}
    if uses <= _ZEROS:
        return {"fill": "zero"}
    return {"fill": "one"} if uses <= _ONES else None


def _dtype(tensor: Any) -> str:
    """The name of a floating-point type in a record; empty for any other."""
    import onnx

    kinds = onnx.TensorProto
    return {kinds.FLOAT: "float32", kinds.FLOAT16: "float16", kinds.BFLOAT16: "bfloat16"}.get(tensor.data_type, "")


def _make_external(tensor: Any, file: str, offset: int, length: int) -> None:
    import onnx

    for field in ("raw_data", "float_data", "int32_data"):
        tensor.ClearField(field)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", offset), ("length", length)):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, str(value)


def _drop_metadata(model: Any) -> None:
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")  # runtimes infer the shapes again
