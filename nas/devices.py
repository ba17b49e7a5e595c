"""Devices as data: the built-in list, the user's own, and where each one's latencies come from."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from nas.errors import UserError
from nas.files import write_text
from search_space.checks import did_you_mean

if TYPE_CHECKING:
    from predictors import LatencyPredictor


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


def devices() -> dict[str, Device]:
    """Every known device by name: the built-in ones, then those in the TOML files of `devices_folder()`.

    Raises:
        UserError: a file is broken, or takes a name that is in use; names the file and the field.
    """
    found = dict(built_in_devices())
    for path in sorted(devices_folder().glob("*.toml")):
        for device in _read(path).values():
            taken = {name for known in found.values() for name in (known.name, *known.aliases)}
            if again := sorted(taken & {device.name, *device.aliases}):
                raise UserError(f"{path}: the name {again[0]!r} is in use already; see nas devices")
            found[device.name] = device
    return found


@cache
def built_in_devices() -> Mapping[str, Device]:
    """The devices that ship with the package, by name."""
    return _read(Path(str(files("nas") / "devices.toml")))


def _read(path: Path) -> dict[str, Device]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read devices from {path}: {error}") from None
    return {name: _device(name, entry, path) for name, entry in data.items()}


def _device(name: str, entry: object, path: Path) -> Device:
    known = [field.name for field in fields(Device) if field.name != "name"]
    if not isinstance(entry, Mapping):
        raise UserError(f"{path}: {name!r} must be a table: [{name}]")
    if strange := sorted(entry.keys() - set(known)):
        raise UserError(f"{path}: [{name}] has an unknown field {strange[0]!r}; known: {', '.join(known)}")
    if "runtime" not in entry or not isinstance(entry.get("aliases", []), list):
        raise UserError(f"{path}: [{name}] needs a runtime ({', '.join(RUNTIMES)}) and a list of aliases if any")
    try:
        return Device(name=name, **{**entry, "aliases": tuple(entry.get("aliases", ()))})
    except ValueError as error:
        raise UserError(f"{path}: [{name}] {error}") from None


def remember_device(device: Device) -> None:
    """Add a device to the user's own, as a file in `devices_folder()`."""
    folder = devices_folder()
    folder.mkdir(parents=True, exist_ok=True)
    values = {"description": device.description, "runtime": device.runtime, "precision": device.precision}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    text = "\n".join([f'["{device.name}"]', *lines, f"batch = {device.batch}", ""])
    write_text(folder / f"{device.name}.toml", text)


def find_device(name: str) -> Device:
    """The device of that name or alias.

    Raises:
        UserError: the name is not known; names those that it may be a slip of, or all of them.
    """
    known = devices()
    for device in known.values():
        if name == device.name or name in device.aliases:
            return device
    if close := did_you_mean(name, [each for device in known.values() for each in (device.name, *device.aliases)]):
        raise UserError(f"unknown device {name!r}{close}; nas devices lists all {len(known)}")
    raise UserError(f"unknown device {name!r}; known: {', '.join(known)}")


def data_folder() -> Path:
    """Where fitted predictors are kept: $NAS_HOME, or the platform's folder for user data."""
    from platformdirs import user_data_path

    return Path(os.environ["NAS_HOME"]) if os.environ.get("NAS_HOME") else user_data_path("efficientvit-nas")


def devices_folder() -> Path:
    """Where users keep TOML files of their own devices: in $NAS_HOME, or the platform's folder for settings."""
    from platformdirs import user_config_path

    home = os.environ.get("NAS_HOME")
    return (Path(home) if home else user_config_path("efficientvit-nas")) / "devices"


def fitted_path(device: Device, space: str) -> Path:
    """Where `nas fit` leaves the predictor of a device for a space."""
    return data_folder() / "predictors" / f"{device.name}--{space}.json"


def latency_predictor(device: Device, space: str, path: Path | None = None) -> "LatencyPredictor":
    """The best predictor at hand: the given or stored fit to measured rows, the calibration on published ones, or an
    estimate from the device's specifications.

    Raises:
        UserError: none exists for this device and space; says how to make one.
        ValueError: the stored file is broken; names it.
    """
    from predictors import CALIBRATED_DEVICES, analytic_predictors, calibrated_predictor, load_predictor

    stored = path or fitted_path(device, space)
    if path is not None or stored.exists():
        return load_predictor(stored)
    if device.name in CALIBRATED_DEVICES:
        return calibrated_predictor(device.name)
    if device.name in analytic_predictors():
        return analytic_predictors()[device.name]
    table = f"results/latency/{device.name}-{space}"
    raise UserError(
        f"no latency predictor for device {device.name} in space {space}; make one with: "
        f"nas collect --device {device.name} --space {space} --out {table} && "
        f"nas fit --device {device.name} --table {table}"
    )
