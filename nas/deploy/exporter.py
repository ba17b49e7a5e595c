"""What an exporter is, and what it is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import nn

    from search_space import ArchConfig
    from supernet import Network


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is exported: `module`, for inputs of `shape` (batch, channels, height, width), float32.

    `reference` computes the same and is what the file is checked against; `arch` is there for networks of ours.
    """

    module: "nn.Module"
    reference: "nn.Module"
    shape: tuple[int, ...]
    arch: "ArchConfig | None" = None
    precision: str = "fp32"
    seed: int = 0  # of the images that the file is checked with

    @classmethod
    def of_network(cls, network: "Network", *, batch: int = 1, precision: str = "fp32", seed: int = 0) -> "Source":
        """A network of ours at the input size of its architecture."""
        arch = network.arch
        shape = (batch, arch.in_channels, *arch.resolution)
        return cls(module=network, reference=network, shape=shape, arch=arch, precision=precision, seed=seed)


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """The file, the shape of its input, and how far its outputs (or its weights) are from PyTorch's."""

    path: Path
    max_difference: float
    input_shape: tuple[int, ...]
    bytes: int


class Exporter(Protocol):
    """A format of deployable files; its file answers for all that is asked of it.

    Exporters inherit what they do not say themselves.
    """

    name: str
    words: str  # what is in such a file, for lists
    suffix: str
    precisions: tuple[str, ...] = ("fp32",)
    fixes_batch: bool = False  # whether the images per call are fixed in the file
    takes_modules: bool = False  # whether any module can be written, or networks of ours alone

    def is_available(self) -> tuple[bool, str]:
        """Whether what it needs is installed, and what is missing."""
        return True, ""

    def write(self, source: Source, path: Path) -> None:
        """Write the file, unchecked."""
        ...

    def check(self, source: Source, path: Path) -> float:
        """The largest difference between what the file gives and PyTorch.

        Raises:
            ValueError: it is larger than the precision explains; says by how much.
        """
        ...

    def describe_check(self, report: ExportReport) -> str:
        """What was compared with what, and the outcome."""
        ...
