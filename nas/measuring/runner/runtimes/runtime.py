"""What a runtime is to the runner."""

from __future__ import annotations

from pathlib import Path
from typing import AbstractSet, Any, Protocol

from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.weights import Model


class Timeable(Protocol):
    """A loaded model that knows how to time itself; `Timed` for one that this process runs."""

    def warm_up(self, protocol: MeasuringProtocol) -> float:
        """Run until it is steady; the typical latency in ms."""
        ...

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """`count` timed runs: wall ns, CPU ns, involuntary context switches."""
        ...


class Runtime(Protocol):
    """Executes the models of a bundle on the machine that the runner is on."""

    name: str  # as in descriptions of devices
    version: str

    def __init__(self, work: Path, threads: int, seed: int, program: str = "") -> None:
        """Files go to `work`; `program` is the path of the runtime's own program, where it has one.

        Raises:
            RunnerError: it cannot run here; says what is missing.
        """
        ...

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        ...

    def load(self, model: Model) -> Timeable:
        """The model, ready to be timed.

        Raises:
            ModelError: it cannot be built or loaded; the others can.
        """
        ...

    def command(self, key: str) -> str:
        """The command line that times a loaded model without the runner; empty where there is none."""
        ...

    def keep(self, keys: AbstractSet[str]) -> None:
        """Delete what was built for all models but these."""
        ...
