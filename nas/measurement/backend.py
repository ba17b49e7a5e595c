"""What a measuring backend is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class Backend(Protocol):
    """A runtime that executes exported models."""

    name: str

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

    def load(self, path: Path, *, threads: int, seed: int = 0) -> Callable[[], object]:
        """A call that runs the model once on preallocated inputs."""
        ...
