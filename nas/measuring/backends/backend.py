"""What a measuring backend is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nas.measuring.runner import MeasuringProtocol

if TYPE_CHECKING:
    from nas.measuring.plan import Item


class Timeable(Protocol):
    """A loaded model that knows how to time itself; `nas.measuring.runner.Timed` for one that this process runs."""

    def warm_up(self, protocol: MeasuringProtocol) -> float:
        """Run until it is steady; the typical latency in ms."""
        ...

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """`count` timed runs: wall ns, CPU ns, involuntary context switches."""
        ...


class Loaded(NamedTuple):
    """A model ready to be timed, and the SHA-256 of its ONNX graph (empty where there is none)."""

    model: Timeable
    onnx_sha256: str


class Backend(Protocol):
    """A runtime that executes networks and blocks on this machine."""

    name: str
    exporter: str  # how its models are exported; empty where they are not

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
