"""What an export wrote."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """The file, the shape of its input, and how far its outputs (or its weights) are from PyTorch's."""

    path: Path
    max_difference: float
    input_shape: tuple[int, ...]
    bytes: int
