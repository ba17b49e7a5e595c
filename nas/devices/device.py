"""What a device is: hardware with a runtime, the precision and the batch that it is measured with."""

import re
from dataclasses import dataclass

from nas.measuring.backends import BACKENDS, Backend

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device with its runtime; `local` devices are measured on the machine that runs `nas`.

    Raises:
        ValueError: a field has a value that is not known; names both.
    """

    name: str
    description: str = ""
    runtime: str
    precision: str = "fp32"
    batch: int = 1
    aliases: tuple[str, ...] = ()
    local: bool = False

    def __post_init__(self) -> None:
        for name in (self.name, *self.aliases):
            if type(name) is not str or not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name; use small letters, digits, '-' and '.'")
        for field, known in (("runtime", BACKENDS), ("precision", _precisions()), ("local", (False, True))):
            if getattr(self, field) not in known:
                raise ValueError(f"unknown {field} {getattr(self, field)!r}; known: {', '.join(map(str, known))}")
        if self.precision not in self.backend.precisions:
            found = ", ".join(self.backend.precisions)
            raise ValueError(f"precision {self.precision} is not measured with {self.runtime}; known: {found}")
        if type(self.batch) is not int or self.batch < 1:
            raise ValueError(f"batch must be a whole number above 0, got {self.batch!r}")
        if type(self.description) is not str:
            raise ValueError(f"description must be text, got {self.description!r}")

    @property
    def backend(self) -> type[Backend]:
        """What executes networks with its runtime."""
        return BACKENDS[self.runtime]


def _precisions() -> list[str]:
    """Those of all runtimes."""
    return list(dict.fromkeys(precision for backend in BACKENDS.values() for precision in backend.precisions))
