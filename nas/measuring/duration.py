"""How long a collection will take: told before it starts, and kept within a budget of time."""

from collections.abc import Sequence

from nas.errors import UserError
from nas.measuring.plan import Item, Plan
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.sampling import MIN_NETWORKS, make_plan
from nas.units import format_seconds
from search_space import ArchConfig, SearchSpace

# One core of a server does about 100 G multiply-adds a second in ONNX Runtime, one of a small board 5; in between.
MACS_PER_MS = 30e6
KERNEL_MS = 0.005
EXPORT_S, EXPORT_KERNEL_S = 0.4, 0.025  # torch.onnx on the same server
LOAD_S = 0.05
WARM_UP_RUNS = 9
STEP = 0.95  # of the plan, per try to fit a budget


def plan_seconds(plan: Plan, protocol: MeasuringProtocol, *, build_s: float, export: bool) -> float:
    """Estimated seconds for a plan, within a factor of two or so.

    Every model takes `build_s` until it can be loaded, as its runtime has it; with `export` it is exported first.
    """
    preparing = sum(preparing_seconds(item, build_s=build_s, export=export) for item in plan.items)
    return preparing + sum(measuring_seconds(item, protocol) for group in plan.groups for item in group)


def preparing_seconds(item: Item, *, build_s: float, export: bool) -> float:
    """Estimated seconds to export a network or block and build its engine, which is done once."""
    return build_s + (EXPORT_S + EXPORT_KERNEL_S * item.kernels if export else 0.0)


def measuring_seconds(item: Item, protocol: MeasuringProtocol) -> float:
    """Estimated seconds to load, warm up and measure it in one group."""
    latency_ms = item.macs / MACS_PER_MS + item.kernels * KERNEL_MS
    warm_up_ms = max(protocol.warm_up_ms, WARM_UP_RUNS * latency_ms)
    visits_ms = protocol.rounds * latency_ms * (1 + protocol.runs_per_visit(latency_ms))
    return LOAD_S + (warm_up_ms + visits_ms) / 1e3


def plan_within(
    space: SearchSpace,
    protocol: MeasuringProtocol,
    *,
    networks: int,
    blocks: int,
    passes: int = 1,
    extra: Sequence[ArchConfig] = (),
    seconds: float | None,
    build_s: float,
    export: bool,
) -> Plan:
    """The plan of that many networks and blocks, or of as large a share of both as fits into `seconds`.

    The estimate does not look at the machine, so that the same command makes the same plan when it goes on.

    Raises:
        UserError: not even the smallest plan fits; says how long that takes.
    """
    share = 1.0
    while True:
        fewer = max(MIN_NETWORKS, round(networks * share))
        sizes = {"networks": fewer, "blocks": round(blocks * share), "passes": passes}
        plan = make_plan(space, **sizes, seed=protocol.seed, extra=extra)
        needed = plan_seconds(plan, protocol, build_s=build_s, export=export)
        if seconds is None or needed <= seconds:
            return plan
        if fewer == MIN_NETWORKS and round(blocks * share) == 0:
            raise UserError(
                f"--time {format_seconds(seconds)} is too short: {MIN_NETWORKS} networks alone take about "
                f"{format_seconds(needed)}"
            )
        share *= STEP
