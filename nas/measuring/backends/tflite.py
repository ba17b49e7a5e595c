"""TensorFlow Lite, which published latencies of phones were measured with: predicted here, never measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nas.measuring.backends.backend import Backend
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol

if TYPE_CHECKING:
    from nas.measuring.plan import Item

_REASON = "latencies with tflite are predicted; nothing here measures them"


class TFLiteBackend(Backend):
    """A runtime that devices may have and that nothing is measured with."""

    name = "tflite"
    words = "TensorFlow Lite; predicted, never measured"
    precisions = ("fp32", "fp16", "int8")

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Never."""
        return False, _REASON

    @staticmethod
    def version() -> str:
        """None that could be asked."""
        return ""

    @staticmethod
    def options() -> dict[str, Any]:
        """None, as there is no timing."""
        return {}

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> NoReturn:
        """Refused.

        Raises:
            ModelError: always.
        """
        del item, folder, batch, precision, protocol
        raise ModelError(_REASON)
