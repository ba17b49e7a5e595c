"""Exported models on disk, for the backends that read ONNX files."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from nas.measuring.models.graphs import write_model
from nas.measuring.runner.errors import ModelError

if TYPE_CHECKING:
    from nas.measuring.plan import Item


def exported(item: "Item", folder: Path, *, batch: int, precision: str, signed_int8: bool) -> tuple[Path, str]:
    """The graph of an item in `folder`, written unless it is there, and its SHA-256; weight records lie beside it.

    Raises:
        ModelError: it cannot be exported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{item.key}.onnx"
    if not path.exists():
        try:
            write_model(item, folder, batch=batch, precision=precision, signed_int8=signed_int8)
        except (OSError, MemoryError):
            raise
        except Exception as error:  # torch's and the exporter's errors share no base class
            raise ModelError(f"cannot be exported: {error}".splitlines()[0]) from error
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
