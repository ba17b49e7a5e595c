"""The warning that belongs beside a calibrated latency: who measured otherwise, and how to settle it."""

from nas.devices import Device, built_in_devices
from predictors import contested


def caution(device_name: str, origin: str) -> str | None:
    """Two lines of at most 78 characters where latencies of that `origin` are calibrated on contested figures.

    None for other origins: what was measured on the device, or never promised anything, needs no such warning.
    """
    found = contested(device_name) if origin == "calibrated" else ()
    device = built_in_devices().get(device_name)
    if not found or device is None:
        return None
    others = "; ".join(f"{each.model} {each.measured_ms:.1f} ms, not {each.published_ms:g}" for each in found)
    source = found[0].source.partition(" (")[0].partition("/")[2]
    return f"contested: others measured {others}\n({source}); yours: {settling_command(device)}"


def settling_command(device: Device) -> str:
    """The shortest command that measures on the user's own board."""
    name = device.aliases[0] if device.aliases else device.name
    return f"nas collect --device {name} --host user@board"
