"""What a device is: hardware with a runtime, the precision and the batch that it is measured with."""

import re
from dataclasses import dataclass

RUNTIMES: dict[str, tuple[str, ...]] = {  # and their precisions
    "onnxruntime": ("fp32", "fp16", "int8"),
    "onnxruntime-cuda": ("fp32", "fp16"),
    "onnxruntime-tensorrt": ("fp32", "fp16", "int8"),
    "tensorrt": ("fp32", "fp16", "bf16", "int8"),
    "tensorrt-python": ("fp32", "fp16", "bf16", "int8"),
    "torch": ("fp32", "fp16", "bf16"),
    "torch-compile": ("fp32", "fp16", "bf16"),
    "torch-cuda": ("fp32", "fp16", "bf16"),
    "tflite": ("fp32", "fp16", "int8"),  # predicted, never measured here
}
PRECISIONS = ("fp32", "fp16", "bf16", "int8")
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
        for field, known in (("runtime", RUNTIMES), ("precision", PRECISIONS), ("local", (False, True))):
            if getattr(self, field) not in known:
                raise ValueError(f"unknown {field} {getattr(self, field)!r}; known: {', '.join(map(str, known))}")
        if self.precision not in RUNTIMES[self.runtime]:
            found = ", ".join(RUNTIMES[self.runtime])
            raise ValueError(f"precision {self.precision} is not measured with {self.runtime}; known: {found}")
        if type(self.batch) is not int or self.batch < 1:
            raise ValueError(f"batch must be a whole number above 0, got {self.batch!r}")
        if type(self.description) is not str:
            raise ValueError(f"description must be text, got {self.description!r}")
