"""Deployable files: export format -> exporter. Every exporter checks its file against PyTorch before it is kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nas.deploy.report import ExportReport
    from supernet import Network


class Exporter(Protocol):
    """Writes a network to a file."""

    def __call__(self, network: "Network", path: Path, *, batch: int = 1, seed: int = 0) -> "ExportReport":
        """Export, check, and put the file in place; a failed check raises and leaves no file."""
        ...


def _onnx(network: "Network", path: Path, *, batch: int = 1, seed: int = 0) -> "ExportReport":
    """A folded ONNX graph, run by ONNX Runtime for the check."""
    from nas.deploy.to_onnx import export_onnx

    return export_onnx(network, path, batch=batch, seed=seed)


def _safetensors(network: "Network", path: Path, *, batch: int = 1, seed: int = 0) -> "ExportReport":  # noqa: ARG001
    """The weights alone, read back for the check."""
    from nas.deploy.to_safetensors import export_safetensors

    return export_safetensors(network, path)


EXPORTERS: dict[str, Exporter] = {"onnx": _onnx, "safetensors": _safetensors}
