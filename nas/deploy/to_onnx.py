"""ONNX export: batch norm folded, static shapes, checked against PyTorch before the file is kept."""

import contextlib
import io
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas.deploy.report import ExportReport
from nas.files import write_atomically

if TYPE_CHECKING:
    import torch
    from torch import nn

    from supernet import DataSource, Network

OPSET = 20
OPSET_BF16 = 22  # the first one with convolutions in bfloat16
EXPORTER = "torch.onnx dynamo"
TOLERANCE = 1e-4  # largest absolute difference to PyTorch, relative to the largest output where that exceeds 1


def export_onnx(network: "Network", path: Path, *, batch: int = 1, seed: int = 0) -> ExportReport:
    """Write `network` to `path` for inputs of shape (batch, in_channels, height, width), float32.

    Raises:
        ValueError: ONNX Runtime's output differs from PyTorch's by more than `TOLERANCE`; no file is left.
    """
    arch = network.arch
    return export_module(network, network, (batch, arch.in_channels, *arch.resolution), path, seed=seed)


def export_module(
    module: "nn.Module", reference: "nn.Module", shape: tuple[int, ...], path: Path, *, seed: int = 0
) -> ExportReport:
    """Write `module` to `path` for inputs of `shape`, float32, checked against `reference`, which computes the same.

    Raises:
        ValueError: ONNX Runtime's output differs from PyTorch's by more than `TOLERANCE`; no file is left.
    """
    import torch

    images = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    found: list[float] = []

    def write(temporary: Path) -> None:
        write_onnx(module, shape, temporary)
        found.append(_difference(reference, images, temporary))

    write_atomically(path, write)
    return ExportReport(path=path, max_difference=found[0], input_shape=shape, bytes=path.stat().st_size)


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


def _difference(network: "nn.Module", images: "torch.Tensor", path: Path) -> float:
    """Largest difference on random images, on black ones (where ReLU attention divides 0 by 0 if its epsilon is lost)
    and on ones of a single value.
    """
    import torch

    network.eval()
    largest = 0.0
    for probe in (images, torch.zeros_like(images), torch.full_like(images, -1.0)):
        with torch.no_grad():
            expected = network(probe).numpy()
        found = run_onnx(path, probe.numpy())
        difference = float(np.abs(found - expected).max())
        if not difference <= TOLERANCE * max(1.0, float(np.abs(expected).max())):
            raise ValueError(
                f"export check failed: ONNX Runtime differs from PyTorch by {difference:.2e}, allowed "
                f"{TOLERANCE:.0e}; no file was written"
            )
        largest = max(largest, difference)
    return largest


def run_onnx(path: Path, images: np.ndarray) -> np.ndarray:
    """Output of an exported network on `images`, shape as exported, on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    output: np.ndarray = session.run(None, {session.get_inputs()[0].name: images})[0]
    return output


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """PyTorch against an exported file on held-out images; accuracies in percent."""

    images: int
    torch: float
    onnx: float
    different: int
    max_difference: float


def held_out_agreement(network: "Network", path: Path, data: "DataSource") -> Agreement:
    """Run every held-out image through both, in batches of the size that the file was exported for."""
    import onnxruntime
    import torch

    from supernet import input_side

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    network.eval()
    expected, found, labels = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for images_BCHW, labels_B in data.test_batches(resolution=input_side(network.arch)):
        with torch.no_grad():
            expected.append(network(images_BCHW).numpy())
        found += [session.run(None, {name: image[None].numpy()})[0] for image in images_BCHW]
        labels.append(labels_B.numpy())
    return _agreement(np.concatenate(expected), np.concatenate(found), np.concatenate(labels))


def _agreement(expected: np.ndarray, found: np.ndarray, labels: np.ndarray) -> Agreement:
    """Outputs of both, (N, classes), against the labels (N,)."""
    return Agreement(
        images=len(labels),
        torch=100 * float((expected.argmax(axis=1) == labels).mean()),
        onnx=100 * float((found.argmax(axis=1) == labels).mean()),
        different=int((found.argmax(axis=1) != expected.argmax(axis=1)).sum()),
        max_difference=float(np.abs(found - expected).max()),
    )
