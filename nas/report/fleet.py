"""Several devices: the front of each, and what it costs when they share networks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas.report.network import Network, number

FILE = "fleet.json"


@dataclass(frozen=True, kw_only=True)
class DeviceFront:
    """A device with its budget in ms and the networks of its own front, fastest first."""

    device: str
    budget_ms: float
    front: tuple[Network, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one device gets: the network that serves it, its accuracy as judged in percent and the points lost."""

    network: Network | None
    accuracy: float | None
    price: float | None


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Fronts by device, and for 1, 2, ... shared `networks` what each device gets."""

    devices: tuple[DeviceFront, ...]
    sharing: tuple[tuple[tuple[Network, ...], tuple[Share, ...]], ...]


def latency_on(network: Network, device: str, *, first: bool) -> float | None:
    """Upper end of the latency in ms on a device of the run; rows name the first one's without the device."""
    return network.latency_high_ms if first else number(network.others.get(f"latency_high_ms:{device}"))


def read_fleet(
    folder: Path, settings: Mapping[str, Any], networks: Sequence[Network], gaps: list[str]
) -> Fleet | None:
    """The fleet of a run; None for one device, or where the run does not hold it, which is a gap."""
    path = folder / FILE
    if not path.exists():
        if settings.get("further"):
            gaps.append(f"No fronts by device: the run has several devices but no {FILE}.")
        return None
    known = {each.arch_id: each for each in networks}
    try:
        return _fleet(json.loads(path.read_text(encoding="utf-8")), known)
    except (OSError, ValueError, KeyError, TypeError) as error:
        gaps.append(f"No fronts by device: {FILE} cannot be used ({error!r}).")
        return None


def _fleet(found: Mapping[str, Any], known: Mapping[str, Network]) -> Fleet:
    devices = tuple(
        DeviceFront(
            device=str(each["device"]),
            budget_ms=float(each["budget_ms"]),
            front=tuple(known[row["arch_id"]] for row in each["front"]),
        )
        for each in found["devices"]
    )
    sharing = []
    for shared in found["sharing"]:
        networks = tuple(known[arch_id] for arch_id in shared["networks"])
        values = zip(shared["accuracy_judged"], shared["price_points"], strict=True)
        shares = [
            Share(network=_server(networks, devices, index), accuracy=number(accuracy), price=number(price))
            for index, (accuracy, price) in enumerate(values)
        ]
        sharing.append((networks, tuple(shares)))
    return Fleet(devices=devices, sharing=tuple(sharing))


def _server(networks: Sequence[Network], devices: Sequence[DeviceFront], index: int) -> Network | None:
    """The most accurate of `networks`, as judged, within the budget of that device."""
    target = devices[index]
    fitting = [
        each
        for each in networks
        if (ms := latency_on(each, target.device, first=index == 0)) is not None and ms <= target.budget_ms
    ]
    return min(fitting, key=judged_error, default=None)


def judged_error(network: Network) -> float:
    """What the search minimised, in percent; the error itself where the run holds no interval."""
    found = network.judged_error
    return 100 - network.accuracy if found is None else found
