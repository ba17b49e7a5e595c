"""One search for several devices: each device's front, the best network for all, the best k, the price of sharing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nas.runs import DeviceFront, Fleet, FleetRow, Sharing
from nas.search.front import pareto_mask
from nas.search.judge import Candidate
from nas.search.targets import Target


@dataclass(frozen=True, kw_only=True)
class Shared:
    """`networks` for all devices; `accuracy` (percent, judged) that each device gets from the best that fits it, nan
    where none fits, and `price` in points against a network of its own.
    """

    networks: tuple[Candidate, ...]
    accuracy: tuple[float, ...]
    price: tuple[float, ...]


def device_fronts(candidates: Sequence[Candidate], budgets_ms: Sequence[float]) -> list[list[Candidate]]:
    """For each device its own front within its budget, fastest first."""
    fronts = []
    for device, budget in enumerate(budgets_ms):
        within = [each for each in candidates if each.latencies_ms[device] <= budget]
        points = np.array([[each.objectives[0], each.latencies_ms[device]] for each in within]).reshape(-1, 2)
        kept = [each for each, mask in zip(within, pareto_mask(points), strict=True) if mask]
        fronts.append(sorted(kept, key=lambda each, i=device: each.latencies_ms[i]))  # type: ignore[misc]
    return fronts


def sharing(candidates: Sequence[Candidate], budgets_ms: Sequence[float]) -> list[Shared]:
    """The best 1, 2, ... networks for all devices, as many as there are devices at most.

    Networks that serve most devices come first, then the sum of accuracies counts. The next network is the one that
    adds most to those before it; the first is the best there is.
    """
    judged = np.array([each.accuracy.judged for each in candidates])
    fits = np.array([[ms <= b for ms, b in zip(each.latencies_ms, budgets_ms, strict=True)] for each in candidates])
    # a device without a network counts as worse than any accuracy
    worth = np.where(fits, judged[:, None], -1e3)
    own, chosen, found = worth.max(axis=0), list[int](), list[Shared]()
    reached = np.full(len(budgets_ms), -1e3)
    while len(chosen) < len(budgets_ms):
        row = int(np.maximum(worth, reached).sum(axis=1).argmax())
        gained = np.maximum(worth[row], reached)
        if chosen and (gained <= reached).all():
            break
        chosen, reached = [*chosen, row], gained
        accuracy = np.where(reached < 0, np.nan, reached)
        found.append(
            Shared(
                networks=tuple(candidates[each] for each in chosen),
                accuracy=tuple(accuracy.tolist()),
                price=tuple((own - accuracy).tolist()),
            )
        )
    return found


def fleet_report(candidates: Sequence[Candidate], targets: Sequence[Target]) -> Fleet:
    """Fronts by device and what sharing costs."""
    budgets_ms = [each.budget_ms for each in targets]
    fronts = device_fronts(candidates, budgets_ms)
    return Fleet(
        devices=tuple(
            DeviceFront(
                device=target.device,
                budget_ms=target.budget_ms,
                front=tuple(_row(each, index) for each in fronts[index]),
            )
            for index, target in enumerate(targets)
        ),
        sharing=tuple(
            Sharing(
                networks=tuple(each.network.arch_id for each in shared.networks),
                accuracy_judged=tuple(None if np.isnan(value) else value for value in shared.accuracy),
                price_points=tuple(None if np.isnan(value) else value for value in shared.price),
            )
            for shared in sharing(candidates, budgets_ms)
        ),
    )


def _row(candidate: Candidate, target: int) -> FleetRow:
    return FleetRow(
        arch_id=candidate.network.arch_id,
        accuracy=candidate.accuracy.value,
        accuracy_judged=candidate.accuracy.judged,
        latency_high_ms=candidate.latencies_ms[target],
    )
