"""The plan of a comparison: chosen models of timm beside our own published networks, in the usual groups."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nas.disk.files import read_json, write_json
from nas.disk.folders import data_folder
from nas.errors import UserError
from nas.measuring.duration import plan_seconds
from nas.measuring.plan import Item, Plan
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.catalogue import ZooModel
from nas.rivals.zoo import ZooCost, create, deployed, import_timm, module_of, trace_cost
from nas.units import format_seconds
from search_space import ArchConfig, arch_cost

ANCHORS = 3
SKETCHED_KERNELS = 90  # of a model that was not traced yet: the median of those chosen first


@dataclass(frozen=True, kw_only=True)
class RivalSet:
    """What a plan of rivals calls itself where others name a search space."""

    name: str = "rivals"


def sketched_plan(models: Sequence[ZooModel], own: Sequence[ArchConfig], *, passes: int) -> Plan:
    """The plan by published costs, to tell how long it takes; nothing is built."""
    return _plan([_sketch(model) for model in models], own, passes)


def traced_plan(
    models: Sequence[ZooModel],
    own: Sequence[ArchConfig],
    *,
    passes: int,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Plan, dict[str, str]]:
    """The plan that is measured, and why by tag and side each model is not in it that cannot be built."""
    costs = CostCache()
    items, failed = list[Item](), dict[str, str]()
    for done, model in enumerate(models, start=1):
        cost = costs.of(model)
        if isinstance(cost, str):
            failed[f"{model.tag}@{model.side}"] = cost
        else:
            items.append(_item(model, cost))
        on_step(done, len(models))
    if not items and not own:
        raise UserError(f"no model can be built: {next(iter(failed.values()), 'none was chosen')}")
    return _plan(items, own, passes), failed


def within(
    models: Sequence[ZooModel],
    own: Sequence[ArchConfig],
    protocol: MeasuringProtocol,
    *,
    passes: int,
    seconds: float,
    build_s: float,
) -> tuple[list[ZooModel], list[ArchConfig]]:
    """What fits into that time by estimate: of our own the cheapest ones in half of it, then models in their order.

    Raises:
        UserError: not even the first model fits; says how long that takes.
    """

    def needed(zoo: Sequence[ZooModel], ours: Sequence[ArchConfig]) -> float:
        plan = sketched_plan(zoo, ours, passes=passes)
        return plan_seconds(plan, protocol, build_s=build_s, export=True)

    cheapest = sorted(own, key=lambda arch: arch_cost(arch).macs)
    ours = cheapest[: _most(len(cheapest), lambda count: needed([], cheapest[:count]) <= seconds / 2)]
    found = list(models[: _most(len(models), lambda count: needed(models[:count], ours) <= seconds)])
    if not found:
        least = format_seconds(needed(models[:1], []))
        raise UserError(f"--time {format_seconds(seconds)} is too short: one model takes about {least}")
    return found, ours


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest count up to `limit` that fits, where whatever is smaller fits too; 0 without any."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _plan(zoo: Sequence[Item], own: Sequence[ArchConfig], passes: int) -> Plan:
    items = (*zoo, *(Item.of_network(arch) for arch in own))
    ordered = sorted(items, key=lambda item: (item.macs, item.key))
    places = (len(ordered) * place // (ANCHORS + 1) for place in range(1, ANCHORS + 1))
    return Plan(items=items, anchors=tuple(dict.fromkeys(ordered[place] for place in places)), passes=passes)


def _sketch(model: ZooModel) -> Item:
    macs, weights = round(model.gmacs * 1e9), round(model.parameters_m * 1e6)
    return _item(model, ZooCost(macs=macs, weights=weights, activations=0, kernels=SKETCHED_KERNELS, busiest=0))


def _item(model: ZooModel, cost: ZooCost) -> Item:
    return Item(
        key_json=model.key_json,
        kind="reference",
        height=model.side,
        width=model.side,
        macs=cost.macs,
        activations=cost.activations,
        weights=cost.weights,
        kernels=cost.kernels,
        module=module_of(model.tag, model.side),
    )


class CostCache:
    """Traced costs, or why a model cannot be built, kept in the data folder per version of timm."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, int] | str] | None = None
        self._path = Path()

    def of(self, model: ZooModel) -> ZooCost | str:
        """The costs of a model, traced if need be, or the reason why it cannot be built."""
        found, place = self._read(), f"{model.tag}@{model.side}"
        if place not in found:
            cost = _trace(model)
            found[place] = cost if isinstance(cost, str) else asdict(cost)
            write_json(self._path, found, indent=0)
        kept = found[place]
        return kept if isinstance(kept, str) else ZooCost(**kept)

    def _read(self) -> dict[str, dict[str, int] | str]:
        if self._found is None:
            self._path = data_folder() / "rivals" / f"costs-timm-{import_timm().__version__}.json"
            try:
                self._found = dict(read_json(self._path))
            except (OSError, ValueError):  # it is traced again
                self._found = {}
        return self._found


def _trace(model: ZooModel) -> ZooCost | str:
    import torch

    images = torch.randn((1, 3, model.side, model.side), generator=torch.Generator().manual_seed(0))
    try:
        return trace_cost(deployed(create(model.tag, model.side), images), images)
    except MemoryError:
        raise
    except Exception as error:  # those of timm's constructors and torch share no base class
        return f"cannot be built: {error}".splitlines()[0]
