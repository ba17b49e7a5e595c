"""Several devices: the front of each, and what it costs when they share networks."""

from collections.abc import Sequence
from dataclasses import dataclass

from nas.runs import NetworkRow, Run


@dataclass(frozen=True, kw_only=True)
class ShownDevice:
    """A device with its budget in ms and the networks of its own front, fastest first."""

    device: str
    budget_ms: float
    front: tuple[NetworkRow, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one device gets: the network that serves it, its accuracy as judged in percent and the points lost."""

    network: NetworkRow | None
    accuracy: float | None
    price: float | None


@dataclass(frozen=True, kw_only=True)
class ShownFleet:
    """Fronts by device, and for 1, 2, ... shared `networks` what each device gets."""

    devices: tuple[ShownDevice, ...]
    sharing: tuple[tuple[tuple[NetworkRow, ...], tuple[Share, ...]], ...]

    def high_ms(self, network: NetworkRow, index: int) -> float | None:
        """Upper end of the latency in ms on that device."""
        return latency_on(network, self.devices, index)


def shown_fleet(run: Run) -> ShownFleet | None:
    """The fleet of a run with its networks; None for one device."""
    if run.fleet is None:
        return None
    known = {each.arch_id: each for each in run.front}
    devices = tuple(
        ShownDevice(
            device=each.device, budget_ms=each.budget_ms, front=tuple(known[row.arch_id] for row in each.front)
        )
        for each in run.fleet.devices
    )
    sharing = []
    for shared in run.fleet.sharing:
        networks = tuple(known[arch_id] for arch_id in shared.networks)
        values = zip(shared.accuracy_judged, shared.price_points, strict=True)
        shares = [
            Share(network=_server(networks, devices, index), accuracy=accuracy, price=price)
            for index, (accuracy, price) in enumerate(values)
        ]
        sharing.append((networks, tuple(shares)))
    return ShownFleet(devices=devices, sharing=tuple(sharing))


def latency_on(network: NetworkRow, devices: Sequence[ShownDevice], index: int) -> float | None:
    """Upper end of the latency in ms on one of all devices of the run."""
    return network.high_ms([each.device for each in devices])[index]


def judged_error(network: NetworkRow) -> float:
    """What the search minimised, in percent; the error itself where the run holds no interval."""
    found = network.judged_error
    return 100 - network.accuracy if found is None else found


def _server(networks: Sequence[NetworkRow], devices: Sequence[ShownDevice], index: int) -> NetworkRow | None:
    """The most accurate of `networks`, as judged, within the budget of that device."""
    target = devices[index]
    fitting = [
        each for each in networks if (ms := latency_on(each, devices, index)) is not None and ms <= target.budget_ms
    ]
    return min(fitting, key=judged_error, default=None)
