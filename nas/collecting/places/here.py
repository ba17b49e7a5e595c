"""Measuring a latency table on this machine; what is measured and how is as in a bundle for a board."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from nas.collecting.places.place import Job, Outcome, Progress
from nas.collecting.table import build_table
from nas.devices import Device
from nas.disk.files import hold, make_folder
from nas.errors import UserError
from nas.measuring.backends import Backend
from nas.measuring.environment import environment
from nas.measuring.estimate import Estimate, estimate
from nas.measuring.models.graphs import describe_export
from nas.measuring.plan import Item, Named, Plan
from nas.measuring.runner.journal import Journal, results_header
from nas.measuring.runner.loop import measure_plan
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes import Timeable
from predictors import LatencyTable
from search_space import ArchConfig


def collect(
    plan: Plan,
    *,
    device: Device,
    space: Named,
    folder: Path,
    protocol: MeasuringProtocol,
    batch: int = 1,
    models: Path | None = None,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[LatencyTable, int]:
    """Measure what the table in `folder` lacks and write it; returns the table and how many visits were made.

    Visits are on disk one by one; after a kill the same call goes on. Exported models are deleted group by group, but
    those in `models`, where it is given, stay and are used again. A table whose raw visits were left behind is
    complete if it holds the same plan.

    Raises:
        UserError: the folder holds the table of another plan; names what differs.
    """
    with hold(make_folder(folder)):
        if (folder / "manifest.json").exists() and not (folder / "raw.jsonl").exists():
            return _same_table(LatencyTable.load(folder), folder, plan, device, protocol, batch), 0
        work = _Work(
            plan, device, folder / "raw.jsonl", models or folder / "models", protocol, batch, models is not None
        )
        made = work.measure(on_step)
        if not made and (folder / "manifest.json").exists():
            return LatencyTable.load(folder), 0
        table = build_table(
            plan.items,
            work.journal,
            device=device.name,
            space=space.name,
            exporter=work.exporter,
            onnx_sha256=work.journal.digests,
        )
        table.save(folder)
        return LatencyTable.load(folder), made


def measure_networks(
    archs: Sequence[ArchConfig],
    *,
    device: Device,
    folder: Path,
    protocol: MeasuringProtocol,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Estimate]:
    """Latency by arch_id of whole networks, measured on this machine by the same protocol; one that cannot be
    measured is not in it.
    """
    items = tuple(Item.of_network(arch) for arch in archs)
    plan = Plan(items=items, anchors=items[:: max(1, len(items) // 3)][:3])
    path = make_folder(folder) / f"raw-{plan.digest[:8]}.jsonl"
    work = _Work(plan, device, path, folder / "models", protocol, 1)
    work.measure(on_step)
    found = estimate(work.journal.visits, threads=protocol.threads)
    return {item.arch_id: found[item.key] for item in items if item.key in found}


class Here:
    """This machine."""

    name = "here"

    def check(self, device: Device) -> None:
        """Whether the device is this machine.

        Raises:
            UserError: it is not; names the other places.
        """
        if not device.local:
            raise UserError(
                f"device {device.name} is not this machine; write what it needs with --bundle {device.name}.zip, or "
                "measure over ssh with --host user@board"
            )

    def measure(self, job: Job, *, progress: Progress, on_note: Callable[[str], None]) -> Outcome:
        """Export and measure, one group after the other."""
        del on_note
        with progress("exporting and measuring") as step:
            table, new = collect(
                job.plan,
                device=job.device,
                space=job.space,
                folder=job.folder,
                protocol=job.protocol,
                batch=job.device.batch,
                models=job.models,
                on_step=step,
            )
        return Outcome(table=table, new=new)


def _same_table(
    table: LatencyTable, folder: Path, plan: Plan, device: Device, protocol: MeasuringProtocol, batch: int
) -> LatencyTable:
    manifest = table.manifest
    found = {
        "plan": manifest.protocol.get("plan"),
        "device": manifest.device,
        "precision": manifest.precision,
        "batch": manifest.batch,
        **{name: manifest.protocol.get(name) for name in asdict(protocol)},
    }
    wanted = {
        "plan": plan.digest,
        "device": device.name,
        "precision": device.precision,
        "batch": batch,
        **asdict(protocol),
    }
    if found != wanted:
        names = ", ".join(name for name in wanted if found[name] != wanted[name])
        raise UserError(f"{folder} holds the table of another plan (differs in {names}); write elsewhere with --out")
    return table


def _described(device: Device) -> str:
    """How the models came about; empty where the runtime takes modules as they are."""
    backend = device.backend
    return describe_export(device.precision, signed_int8=backend.signed_int8) if backend.exports else ""


class _Work:
    """A plan, its journal, and the models of the group at hand in `models`."""

    def __init__(
        self,
        plan: Plan,
        device: Device,
        path: Path,
        models: Path,
        protocol: MeasuringProtocol,
        batch: int,
        keep: bool = False,
    ) -> None:
        self._backend: Backend = device.backend()
        available, reason = self._backend.is_available()
        if not available:
            raise ValueError(f"device {device.name} needs {device.runtime}: {reason}")
        header = results_header(
            bundle="",
            plan=plan.digest,
            anchors=plan.anchor_keys,
            protocol=protocol,
            runtime=f"{self._backend.name} {self._backend.version()}",
            options=self._backend.options(),
            precision=device.precision,
            batch=batch,
        )
        self.journal = Journal(path, header)
        self.exporter = _described(device)
        self._plan, self._protocol, self._models, self._keep = plan, protocol, models, keep
        self._items = {item.key: item for item in plan.items}

    def measure(self, on_step: Callable[[int, int], None]) -> int:
        """Measure what the journal lacks; returns how many visits that took."""
        before, groups = len(self.journal.visits), [[item.key for item in group] for group in self._plan.groups]
        if len(self.journal.finished) < len(groups):
            self.journal.begin_session(environment(self._backend.packages))
        measure_plan(
            groups,
            self._plan.anchor_keys,
            self._load,
            self.journal,
            self._protocol,
            on_step,
            lambda group: self._forget_models({key for later in groups[group + 1 :] for key in later}),
        )
        if not self._keep:
            shutil.rmtree(self._models, ignore_errors=True)
        return len(self.journal.visits) - before

    def _forget_models(self, needed: set[str]) -> None:
        """Delete the exported models and engines that no later group needs."""
        if self._keep:
            return
        for path in (*self._models.glob("*.onnx"), *self._models.rglob("*.engine")):
            if path.stem not in needed:
                path.unlink()

    def _load(self, key: str) -> Timeable:
        header = self.journal.header
        loaded = self._backend.load_item(
            self._items[key],
            self._models,
            batch=header["batch"],
            precision=header["precision"],
            protocol=self._protocol,
        )
        if loaded.onnx_sha256:
            self.journal.note_model(key, loaded.onnx_sha256)
        return loaded.model
