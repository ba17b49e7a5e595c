"""Building a latency table on this machine: what to measure, measuring it in groups, writing the table."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nas.devices import Device
from nas.export.to_onnx import EXPORTER, OPSET, write_onnx
from nas.files import hold, make_folder
from nas.measurement import BACKENDS
from nas.measurement.backend import Backend
from nas.measurement.environment import environment, warnings_of
from nas.measurement.journal import Journal
from nas.measurement.protocol import MeasuringProtocol, Run, measure_group
from nas.measurement.statistics import NOISY_CV, Estimate, estimate, group_shifts
from predictors import LatencyRow, LatencyTable, Manifest
from predictors.table import key_hash
from search_space import ArchConfig, OperatorSpec, SearchSpace, arch_cost, operators

GROUP_SIZE = 16  # models loaded at once, anchors not counted
FP32_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to measure: a whole network, or a block."""

    key_json: str
    split: Literal["", "fit", "cal", "test"] = ""
    arch: ArchConfig | None = None
    operator: OperatorSpec | None = None

    @property
    def key(self) -> str:
        """Digest of the key: its name in the journal and the table."""
        return key_hash(self.key_json)

    @property
    def macs(self) -> int:
        """Multiply-adds."""
        if self.arch is not None:
            return arch_cost(self.arch).macs
        assert self.operator is not None
        return self.operator.cost.macs


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to measure, in groups; the anchors are measured in each group and hold the groups together."""

    items: tuple[Item, ...]
    anchors: tuple[Item, ...]

    @property
    def groups(self) -> list[tuple[Item, ...]]:
        """Items in groups of `GROUP_SIZE` of like size, since a much larger neighbour disturbs a small model."""
        rest = sorted((item for item in self.items if item not in self.anchors), key=lambda item: item.macs)
        return [
            (*self.anchors, *rest[start : start + GROUP_SIZE]) for start in range(0, max(1, len(rest)), GROUP_SIZE)
        ]


def make_plan(space: SearchSpace, *, networks: int, blocks: int, seed: int) -> Plan:
    """Networks and blocks of a space: both corners and a set stratified by multiply-adds to fit on, independent
    random members to calibrate the interval and to report on (half, a quarter and a quarter), and the blocks that
    occur in them, spread over their costs.
    """
    rng = np.random.default_rng(seed)
    n_cal = n_test = networks // 4
    seen = dict.fromkeys([space.smallest(), space.largest()])
    pool = [arch for arch in (space.sample(rng) for _ in range(8 * networks)) if arch not in seen]
    pool.sort(key=lambda arch: arch_cost(arch).macs)
    wanted = max(0, networks - n_cal - n_test - len(seen))
    for index in np.linspace(0, len(pool) - 1, wanted).round().astype(int):
        seen[pool[index]] = None
    splits: dict[ArchConfig, Literal["fit", "cal", "test"]] = dict.fromkeys(seen, "fit")
    while len(splits) < min(networks, space.size):
        arch = space.sample(rng)
        if arch not in splits:
            splits[arch] = "cal" if sum(split == "cal" for split in splits.values()) < n_cal else "test"
    items = [Item(key_json=arch.to_json(), split=split, arch=arch) for arch, split in splits.items()]
    found = {op.key_json: op for arch in splits for _, op in operators(arch)}
    by_cost = sorted(found.values(), key=lambda op: (op.cost.macs, op.key_json))
    picked = np.unique(np.linspace(0, len(by_cost) - 1, min(blocks, len(by_cost))).round().astype(int))
    items += [Item(key_json=by_cost[i].key_json, operator=by_cost[i]) for i in picked]
    fit = sorted((item for item in items if item.split == "fit"), key=lambda item: item.macs)
    anchors = tuple(dict.fromkeys(fit[len(fit) * k // 4] for k in (1, 2, 3)))
    return Plan(items=tuple(items), anchors=anchors)


def _arch(item: Item) -> ArchConfig:
    assert item.arch is not None
    return item.arch


def collect(
    plan: Plan,
    *,
    device: Device,
    space: SearchSpace,
    folder: Path,
    protocol: MeasuringProtocol,
    batch: int = 1,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[LatencyTable, int]:
    """Measure what the table in `folder` lacks and write it; returns the table and how many visits were made.

    Visits are on disk one by one; after a kill the same call goes on. Exported models are deleted group by group.
    """
    backend = BACKENDS[device.runtime]()
    available, reason = backend.is_available()
    if not available:
        raise ValueError(f"device {device.name} needs {device.runtime}: {reason}")
    with hold(make_folder(folder)):
        header = {
            "plan": hashlib.sha256("".join(f"{i.key}{i.split}" for i in plan.items).encode()).hexdigest(),
            "protocol": asdict(protocol),
            "runtime": f"{backend.name} {backend.version()}",
            "batch": batch,
        }
        journal = Journal(folder / "raw.jsonl", header)
        before = len(journal.visits)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        machine = environment()
        _measure(plan, journal, backend, protocol, folder / "models", batch, on_step)
        made = len(journal.visits) - before
        if not made and (folder / "manifest.json").exists():
            return LatencyTable.load(folder), 0
        table = _table(plan, journal, device, space, backend, protocol, machine, started, batch)
        table.save(folder)
        return LatencyTable.load(folder), made


def measure_networks(
    archs: Sequence[ArchConfig],
    *,
    device: Device,
    folder: Path,
    protocol: MeasuringProtocol,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, float]:
    """Median latency in ms by arch_id of whole networks, measured on this machine by the same protocol."""
    items = tuple(Item(key_json=arch.to_json(), arch=arch) for arch in archs)
    plan = Plan(items=items, anchors=items[:: max(1, len(items) // 3)][:3])
    digest = hashlib.sha256("".join(sorted(item.key for item in items)).encode()).hexdigest()
    backend = BACKENDS[device.runtime]()
    header = {"plan": digest, "protocol": asdict(protocol), "runtime": f"{backend.name} {backend.version()}"}
    journal = Journal(make_folder(folder) / f"raw-{digest[:8]}.jsonl", header)
    _measure(plan, journal, backend, protocol, folder / "models", 1, on_step)
    found = estimate(journal.visits, anchors=tuple(item.key for item in plan.anchors), threads=protocol.threads)
    return {_arch(item).arch_id: found[item.key].p50_ms for item in items}


def _measure(
    plan: Plan,
    journal: Journal,
    backend: Backend,
    protocol: MeasuringProtocol,
    models: Path,
    batch: int,
    on_step: Callable[[int, int], None],
) -> None:
    """Export, load and measure the groups that the journal does not yet hold; a step is an export or a visit."""
    total = sum(len(group) for group in plan.groups) * (protocol.rounds + 1)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        on_step(done, total)

    for number, group in enumerate(plan.groups):
        if number in journal.finished:
            done += len(group) * (protocol.rounds + 1)
            on_step(done, total)
            continue
        done += sum(visit.group == number and visit.round < protocol.rounds for visit in journal.visits)
        runs = _load(group, models, backend, protocol, batch, step)
        measure_group(number, runs, tuple(item.key for item in plan.anchors), journal, protocol, step)
        journal.finish_group(number)
        del runs
        shutil.rmtree(models)


def _load(
    group: Sequence[Item],
    folder: Path,
    backend: Backend,
    protocol: MeasuringProtocol,
    batch: int,
    step: Callable[[], None],
) -> dict[str, Run]:
    """Export the models of a group with seeded random weights, and load them."""
    folder.mkdir(exist_ok=True)
    runs = {}
    for item in group:
        path = folder / f"{item.key}.onnx"
        if not path.exists():
            temporary = path.with_suffix(".tmp")
            _export(item, temporary, batch=batch)
            temporary.replace(path)
        runs[item.key] = backend.load(path, threads=protocol.threads, seed=protocol.seed)
        step()
    return runs


def _export(item: Item, path: Path, *, batch: int) -> None:
    import torch

    from supernet import build, build_operator
    from supernet.layers import initialise

    if item.arch is not None:
        write_onnx(build(item.arch, seed=0), (batch, item.arch.in_channels, *item.arch.resolution), path)
        return
    assert item.operator is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = initialise(build_operator(item.operator))
    write_onnx(module, (batch, *item.operator.inputs[-1]), path)


def _table(
    plan: Plan,
    journal: Journal,
    device: Device,
    space: SearchSpace,
    backend: Backend,
    protocol: MeasuringProtocol,
    machine: dict[str, Any],
    started: str,
    batch: int,
) -> LatencyTable:
    anchors = tuple(item.key for item in plan.anchors)
    found = estimate(journal.visits, anchors=anchors, threads=protocol.threads)
    shifts = {
        str(group): shift
        for group, shift in group_shifts(journal.visits, anchors=anchors, threads=protocol.threads).items()
    }
    rows = [_row(item, found[item.key], device, protocol, started, batch) for item in plan.items]
    manifest = Manifest(
        origin="measured",
        device=device.name,
        space=space.name,
        runtime=backend.name,
        runtime_version=backend.version(),
        precision=device.precision,
        batch=batch,
        threads=protocol.threads,
        protocol={**asdict(protocol), "options": backend.options(), "group_size": GROUP_SIZE, "group_shifts": shifts},
        environment={**machine, "warnings": warnings_of(machine)},
        exporter=f"{EXPORTER}, opset {OPSET}",
    )
    return LatencyTable(manifest=manifest, rows=tuple(rows))


def _row(
    item: Item, found: Estimate, device: Device, protocol: MeasuringProtocol, started: str, batch: int
) -> LatencyRow:
    if item.arch is not None:
        cost, size = arch_cost(item.arch), item.arch.resolution
    else:
        assert item.operator is not None
        cost, size = item.operator.cost, (item.operator.height, item.operator.width)
    return LatencyRow(
        row_id=f"{'network' if item.arch else 'block'}-{item.key}",
        kind="network" if item.arch else "block",
        key_json=item.key_json,
        key_hash=item.key,
        arch_id=item.arch.arch_id if item.arch else "",
        split=item.split,
        height=size[0],
        width=size[1],
        batch=batch,
        threads=protocol.threads,
        precision=device.precision,
        p50_ms=found.p50_ms,
        ci_lo_ms=found.ci_lo_ms,
        ci_hi_ms=found.ci_hi_ms,
        half_a_ms=found.half_a_ms,
        half_b_ms=found.half_b_ms,
        p10_ms=found.quantiles_ms["p10_ms"],
        p25_ms=found.quantiles_ms["p25_ms"],
        p75_ms=found.quantiles_ms["p75_ms"],
        p90_ms=found.quantiles_ms["p90_ms"],
        p99_ms=found.quantiles_ms["p99_ms"],
        mean_ms=found.mean_ms,
        mad_ms=found.mad_ms,
        n_rounds=found.n_rounds,
        n_runs=found.n_runs,
        n_dropped=found.n_dropped,
        quality="noisy" if found.cv > NOISY_CV else "ok",
        macs=cost.macs,
        act_bytes=cost.activations * FP32_BYTES,
        weight_bytes=cost.weights * FP32_BYTES,
        n_kernels=cost.kernels,
        session_id=started,
        measured_at=started,
    )
