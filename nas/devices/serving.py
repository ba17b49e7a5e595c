"""Which predictor answers for a device."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.devices.device import Device
from nas.disk.folders import data_folder
from nas.errors import UserError

if TYPE_CHECKING:
    from predictors import LatencyPredictor


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
