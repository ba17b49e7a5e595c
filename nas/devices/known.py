"""Devices as data: the built-in list and the user's own."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from pathlib import Path

from nas.devices.device import Device
from nas.disk.files import write_text
from nas.disk.folders import devices_folder
from nas.errors import UserError
from nas.measuring.backends import BACKENDS
from search_space.checks import did_you_mean


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
    return _read(Path(str(files("nas.devices") / "devices.toml")))


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
        raise UserError(f"{path}: [{name}] needs a runtime ({', '.join(BACKENDS)}) and a list of aliases if any")
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
