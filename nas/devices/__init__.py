"""Devices: the built-in ones, the user's own, and where each one's latencies come from."""

from nas.devices.device import Device
from nas.devices.known import built_in_devices, devices, find_device, remember_device
from nas.devices.serving import fitted_path, latency_predictor

__all__ = [
    "Device",
    "built_in_devices",
    "devices",
    "find_device",
    "fitted_path",
    "latency_predictor",
    "remember_device",
]
