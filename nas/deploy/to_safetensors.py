"""Weights as safetensors under names of ours, timm's or the authors', read back before the file is kept."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from nas.deploy.exporter import Exporter, ExportReport, Source

if TYPE_CHECKING:
    from supernet import Network


class SafetensorsExporter(Exporter):
    """The weights of a network of ours; its architecture goes into the file's metadata."""

    name = "safetensors"
    words = "the weights alone"
    suffix = ".safetensors"

    def __init__(self, *, naming: str = "native") -> None:
        """Under names of ours unless told otherwise."""
        self._naming = naming

    def write(self, source: Source, path: Path) -> None:
        """Write the weights.

        Raises:
            ValueError: the architecture has no such names.
        """
        from supernet import save_weights

        save_weights(cast("Network", source.module), path, self._naming)

    def check(self, source: Source, path: Path) -> float:
        """Read the weights back; 0, since they have to be the same.

        Raises:
            ValueError: one is not.
        """
        import torch

        from supernet import convert

        assert source.arch is not None
        again = convert(path, source.arch).state
        for name, value in source.reference.state_dict().items():
            if not torch.equal(again[name], value):
                raise ValueError(f"export check failed: {name} is not the same when read back; no file was written")
        return 0.0

    def describe_check(self, report: ExportReport) -> str:
        """That nothing was lost."""
        del report
        return "read back, the weights are equal"
