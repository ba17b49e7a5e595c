"""What a measuring backend is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes import Runtime, Timeable

if TYPE_CHECKING:
    from nas.measuring.plan import Item


class Loaded(NamedTuple):
    """A model ready to be timed, and the SHA-256 of its ONNX graph (empty where there is none)."""

    model: Timeable
    onnx_sha256: str


class Backend(Protocol):
    """A runtime that executes networks and blocks on this machine; its file answers for all that is asked of it.

    Backends inherit what they do not say themselves. `board` is what runs it on boards that have nothing of ours, out
    of a bundle: a class of the runner, or of a file that needs no more than the runner does and travels with it.
    """

    name: str  # in descriptions of devices and in tables
    words: str  # what it is, for lists
    precisions: tuple[str, ...]
    packages: tuple[str, ...] = ()  # distributions whose versions are recorded with a table
    build_s: float = 0.0  # typical seconds to build what runs one model, once; 0 where loading is all
    exports: bool = False  # whether it runs ONNX files, which have to be exported first, or modules as they are
    signed_int8: bool = False  # whether int8 activations are signed with zero point 0
    board: type[Runtime] | None = None
    like: str = ""  # a built-in device whose estimate is a start for a new device with this runtime; empty without

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        ...

    @staticmethod
    def version() -> str:
        """Version of the runtime."""
        ...

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        ...

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """A network or block, ready to be timed; files that may be wanted again go to `folder`.

        Raises:
            ModelError: it cannot be built, exported or loaded; the others can.
        """
        ...
