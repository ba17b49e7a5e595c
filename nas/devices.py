"""Devices as data: the built-in list, and where each one's latencies come from."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

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
    """Every known device by name."""
    data = tomllib.loads((files("nas") / "devices.toml").read_text(encoding="utf-8"))
    return {
        name: Device(name=name, **{**fields, "aliases": tuple(fields.get("aliases", ()))})
        for name, fields in data.items()
    }


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
    """The best predictor at hand: the given or stored fit to measured rows, or the calibration on published ones.

    Raises:
        UserError: none exists for this device and space; says how to make one.
        ValueError: the stored file is broken; names it.
    """
    from predictors import CALIBRATED_DEVICES, calibrated_predictor, load_fitted

    stored = path or fitted_path(device, space)
    if path is not None or stored.exists():
        return load_fitted(stored)
    if device.name in CALIBRATED_DEVICES:
        return calibrated_predictor(device.name)
    table = f"results/latency/{device.name}-{space}"
    raise UserError(
        f"no latency predictor for device {device.name} in space {space}; make one with: "
        f"nas collect --device {device.name} --space {space} --out {table} && "
        f"nas fit --device {device.name} --table {table}"
    )
