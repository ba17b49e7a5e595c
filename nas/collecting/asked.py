"""What a collection is asked for by name: the device with another batch or precision, the networks of a search."""

from dataclasses import replace
from pathlib import Path

from nas.devices import Device, find_device
from nas.errors import UserError
from search_space import ArchConfig


def device_asked(name: str, batch: int | None = None, precision: str | None = None) -> Device:
    """A known device, with its own batch and precision where no other is asked for.

    Raises:
        UserError: the device or the precision is not known.
    """
    device = find_device(name)
    try:
        return replace(device, batch=batch or device.batch, precision=precision or device.precision)
    except ValueError as error:
        raise UserError(f"--precision: {error}") from None


def searched_networks(run: Path) -> list[ArchConfig]:
    """The networks on the front of a search, by their files.

    Raises:
        UserError: the folder has none.
    """
    paths = sorted((run / "archs").glob("*.json"))
    if not paths:
        raise UserError(f"--top-up {run}: no architectures in {run / 'archs'}; give the folder of a search")
    return [ArchConfig.from_json(path.read_text(encoding="utf-8")) for path in paths]
