"""TensorRT on this machine through its own trtexec, as in a bundle: strongly typed engines, transfers timed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.bundle.models import EXPORT
from nas.bundle.runner import MeasuringProtocol, RunnerError, Trtexec
from nas.measurement.backend import Loaded
from nas.measurement.exported import exported

if TYPE_CHECKING:
    from nas.plan import Item


class TensorRTBackend:
    """Builds an engine per model with trtexec and times it in a process of its own."""

    name = "tensorrt"
    exporter = EXPORT

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        try:
            Trtexec(Path(), 1, 0)
        except RunnerError as error:
            return False, str(error)
        return True, ""

    @staticmethod
    def version() -> str:
        """Version of TensorRT."""
        return Trtexec(Path(), 1, 0).version

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return Trtexec.options()

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """The engine of the item; one from before is used again.

        Raises:
            ModelError: it cannot be exported or built; gives trtexec's first error.
        """
        path, digest = exported(item, folder, batch=batch, precision=precision)
        runtime = Trtexec(folder / "work", protocol.threads, protocol.seed)
        return Loaded(runtime.load(path, path.with_suffix(".json")), digest)
