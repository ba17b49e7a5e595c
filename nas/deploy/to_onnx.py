"""ONNX export: batch norm folded, static shapes, checked against PyTorch before the file is kept."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nas.deploy.exporter import Exporter, ExportReport, Source

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

OPSET = 20
OPSET_BF16 = 22  # the first one with convolutions in bfloat16
EXPORTER = "torch.onnx dynamo"


class OnnxExporter(Exporter):
    """A graph of fixed shapes that ONNX Runtime runs for the check."""

    name = "onnx"
    words = "a graph for ONNX Runtime, TensorRT and most other runtimes"
    suffix = ".onnx"
    precisions = ("fp32", "fp16")
    fixes_batch = True
    takes_modules = True

    def write(self, source: Source, path: Path) -> None:
        """Write the folded graph."""
        write_onnx(source.module, source.shape, path, precision=source.precision)

    def check(self, source: Source, path: Path) -> float:
        """The largest difference between ONNX Runtime and PyTorch.

        Raises:
            ValueError: it is too large.
        """
        from nas.deploy.checking import largest_difference

        return largest_difference(source, load_onnx(path), words="ONNX Runtime")

    def describe_check(self, report: ExportReport) -> str:
        """The largest difference of the outputs."""
        return f"largest difference between ONNX Runtime and PyTorch {report.max_difference:.1e}"


def write_onnx(module: "nn.Module", shape: tuple[int, ...], path: Path, *, precision: str = "fp32") -> None:
    """Fold batch norms and write the graph of `module` for one input of `shape`, unchecked; fp32, fp16 or bf16."""
    import torch

    from supernet import fold_batch_norms

    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    folded, images = fold_batch_norms(module).to(dtype), torch.zeros(shape, dtype=dtype)
    for parameter in folded.parameters():
        parameter.requires_grad_(False)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # the exporter's own, about its internals
        torch.onnx.export(
            folded,
            (images,),
            str(path),
            input_names=["images"],
            output_names=["output"],
            opset_version=OPSET_BF16 if precision == "bf16" else OPSET,
            dynamo=True,
            external_data=False,
        )


def load_onnx(path: Path) -> "Callable[[np.ndarray], np.ndarray]":
    """An exported network as a call on float32 images, shape as exported; on the CPU, one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors are raised
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    dtype = "float16" if entry.type == "tensor(float16)" else "float32"

    def run(images: "np.ndarray") -> "np.ndarray":
        output: np.ndarray = session.run(None, {entry.name: images.astype(dtype)})[0]
        return output.astype("float32")

    return run


def run_onnx(path: Path, images: "np.ndarray") -> "np.ndarray":
    """Output of an exported network on `images`, shape as exported, on the CPU."""
    return load_onnx(path)(images)
