"""Devices as data: the built-in list, and where each one's latencies come from."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.errors import UserError

if TYPE_CHECKING:
    from predictors import LatencyPredictor


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device with its runtime; `local` devices are measured on the machine that runs `nas`."""

    name: str
    description: str
    runtime: str
    precision: str
    batch: int
    aliases: tuple[str, ...] = ()
    local: bool = False


def devices() -> dict[str, Device]:
    """Every known device by name: the built-in ones, then the user's own.

    Raises:
        UserError: the user's list is broken; names the file and the device.
    """
    data = tomllib.loads((files("nas") / "devices.toml").read_text(encoding="utf-8"))
    found = {name: _device(name, fields) for name, fields in data.items()}
    own = own_devices_path()
    if own.exists():
        try:
            found |= {name: _device(name, fields) for name, fields in tomllib.loads(own.read_text()).items()}
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise UserError(f"{own} is not a list of devices: {error}") from None
    return found


def _device(name: str, fields: dict[str, Any]) -> Device:
    return Device(name=name, **{**fields, "aliases": tuple(fields.get("aliases", ()))})


def own_devices_path() -> Path:
    """The user's own devices, in the form of the built-in list."""
    return data_folder() / "devices.toml"


def remember_device(device: Device) -> None:
    """Add a device to the user's own.

    Raises:
        UserError: its name cannot be one.
    """
    import json
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", device.name):
        raise UserError(f"device names are lower-case letters, digits, dots and dashes, got {device.name!r}")
    path = own_devices_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {"description": device.description, "runtime": device.runtime, "precision": device.precision}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join([f'\n["{device.name}"]', *lines, f"batch = {device.batch}", ""]))


def find_device(name: str) -> Device:
    """The device of that name or alias.

    Raises:
        UserError: the name is not known.
    """
    known = devices()
    for device in known.values():
        if name == device.name or name in device.aliases:
            return device
    names = ", ".join(" = ".join((device.name, *device.aliases)) for device in known.values())
    raise UserError(f"unknown device {name!r}; known: {names}")


def data_folder() -> Path:
    """Where fitted predictors are kept: $NAS_HOME, or the platform's folder for user data."""
    import os

    from platformdirs import user_data_path

    return Path(os.environ["NAS_HOME"]) if os.environ.get("NAS_HOME") else user_data_path("efficientvit-nas")


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
