"""Weights as safetensors under names of ours, timm's or the authors', read back before the file is kept."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.deploy.report import ExportReport
from nas.files import write_atomically

if TYPE_CHECKING:
    from supernet import Network


def export_safetensors(network: "Network", path: Path, *, naming: str = "native") -> ExportReport:
    """Write the weights of `network`; the architecture goes into the file's metadata.

    Raises:
        ValueError: the architecture has no such names, or the file does not give the same weights back; no file is
            left.
    """
    import torch

    from supernet import convert, save_weights

    def write(temporary: Path) -> None:
        save_weights(network, temporary, naming)
        again = convert(temporary, network.arch).state
        for name, value in network.state_dict().items():
            if not torch.equal(again[name], value):
                raise ValueError(f"export check failed: {name} is not the same when read back; no file was written")

    write_atomically(path, write)
    shape = (1, network.arch.in_channels, *network.arch.resolution)
    return ExportReport(path=path, max_difference=0.0, input_shape=shape, bytes=path.stat().st_size)
