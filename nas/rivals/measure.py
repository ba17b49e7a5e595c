"""Measuring rivals: exports that can be made ahead, and what is read off the table afterwards."""

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from nas.devices import Device
from nas.disk.files import hold, make_folder
from nas.errors import UserError
from nas.measuring.models.exported import exported
from nas.measuring.models.graphs import describe_export
from nas.measuring.plan import Plan
from nas.measuring.runner.errors import ModelError
from nas.rivals.catalogue import catalogue, parse_key
from nas.rivals.plan import CostCache
from predictors import LatencyTable
from predictors.latency.table import key_hash
from search_space import ArchConfig, operators


def exports_folder(folder: Path, device: Device) -> Path:
    """Where exports for a device are kept; another exporter, precision, batch or version has a folder of its own."""
    versions = " ".join(f"{name} {version(name)}" for name in ("timm", "torch", "onnxscript"))
    text = f"{_export(device)} {device.precision} {device.batch} {versions}"
    return folder / "models" / hashlib.sha256(text.encode()).hexdigest()[:12]


def _export(device: Device) -> str:
    return describe_export(device.precision, signed_int8=device.backend.signed_int8)


def export_ahead(
    plan: Plan,
    *,
    device: Device,
    folder: Path,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, str]:
    """Write the graphs of a plan that `folder` lacks, without timing; returns why by key some cannot be exported.

    Raises:
        UserError: the device runs modules as they are, so that there is nothing to export.
    """
    if not device.backend.exports:
        raise UserError(f"--export-only: {device.runtime} runs modules as they are; there is nothing to export")
    failed = {}
    models = exports_folder(folder, device)
    with hold(make_folder(folder)):
        for done, item in enumerate(plan.items, start=1):
            try:
                exported(
                    item,
                    models,
                    batch=device.batch,
                    precision=device.precision,
                    signed_int8=device.backend.signed_int8,
                )
            except ModelError as error:
                failed[item.key] = str(error)
            on_step(done, len(plan.items))
    return failed


def busiest_blocks(table: LatencyTable) -> dict[str, int]:
    """Elements by key that the busiest block of each measured network reads and writes.

    Models of timm were traced when the plan was made; where that was on another machine and timm is missing here,
    they are left out.
    """
    costs, found = CostCache(), {}
    for row in table.rows:
        if row.kind == "network":
            arch = ArchConfig.from_json(row.key_json)
            found[row.key_hash] = max(op.cost.activations for _, op in operators(arch))
        elif (key := parse_key(row.key_json)) in catalogue():
            assert key is not None
            try:
                cost = costs.of(catalogue()[key])
            except UserError:  # timm is not installed
                continue
            if not isinstance(cost, str):
                found[row.key_hash] = cost.busiest
    return found


def name_of(key_json: str) -> str:
    """A model of timm as people write it, `levit_192.fb_dist_in1k@224`; of others the digest of the key."""
    key = parse_key(key_json)
    return f"{key[0]}@{key[1]}" if key else key_hash(key_json)
