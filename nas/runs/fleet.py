"""`fleet.json`: the front of each of several devices, and what it costs when they share networks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nas.runs.fields import Fields


@dataclass(frozen=True, kw_only=True)
class FleetRow:
    """A network on a device's own front: accuracies in percent, the upper end of its latency there in ms."""

    arch_id: str
    accuracy: float | None
    accuracy_judged: float | None
    latency_high_ms: float | None


@dataclass(frozen=True, kw_only=True)
class DeviceFront:
    """A device with its budget in ms and its own front, fastest first."""

    device: str
    budget_ms: float
    front: tuple[FleetRow, ...]


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """Networks that all devices share, by `arch_id`; device by device the accuracy as judged and the points lost.

    Both are None for a device within whose budget none of the networks is.
    """

    networks: tuple[str, ...]
    accuracy_judged: tuple[float | None, ...]
    price_points: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Fronts by device, and what 1, 2, ... shared networks cost."""

    devices: tuple[DeviceFront, ...]
    sharing: tuple[Sharing, ...]

    @property
    def arch_ids(self) -> set[str]:
        """Every network that is named."""
        own = {row.arch_id for device in self.devices for row in device.front}
        return own | {arch_id for shared in self.sharing for arch_id in shared.networks}

    def to_json(self) -> dict[str, Any]:
        """The object of `fleet.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Fields) -> "Fleet":
        """Read what `to_json` gave.

        Raises:
            ValueError: a value is missing, or is none of its column's; names place and column.
        """
        devices = tuple(_device(each) for each in found.objects("devices"))
        if not devices:
            raise found.refused("devices", "a list of devices")
        return cls(devices=devices, sharing=tuple(_sharing(each, len(devices)) for each in found.objects("sharing")))


def _device(found: Fields) -> DeviceFront:
    rows = [
        FleetRow(
            arch_id=row.text("arch_id"),
            accuracy=row.optional_number("accuracy"),
            accuracy_judged=row.optional_number("accuracy_judged"),
            latency_high_ms=row.optional_number("latency_high_ms"),
        )
        for row in found.objects("front")
    ]
    return DeviceFront(device=found.text("device"), budget_ms=found.number("budget_ms"), front=tuple(rows))


def _sharing(found: Fields, devices: int) -> Sharing:
    return Sharing(
        networks=tuple(map(str, found.list("networks"))),
        accuracy_judged=_numbers(found, "accuracy_judged", devices),
        price_points=_numbers(found, "price_points", devices),
    )


def _numbers(found: Fields, name: str, count: int) -> tuple[float | None, ...]:
    values: Sequence[Any] = found.list(name)
    if len(values) != count:
        raise found.refused(name, f"a list of {count}")
    named = Fields({f"{name} {place}": value for place, value in enumerate(values)}, found.where)
    return tuple(named.optional_number(f"{name} {place}") for place in range(count))
