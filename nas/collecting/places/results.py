"""Results of a runner on their way home: checked line by line, then filed as a latency table."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nas.collecting.table import build_table
from nas.devices import Device
from nas.disk.files import hold, make_folder, read_json, write_atomically
from nas.errors import UserError
from nas.measuring.plan import Item
from nas.measuring.runner.bundle import check_names
from nas.measuring.runner.journal import RESULTS_SCHEMA, Journal
from nas.measuring.runner.machine import machine_name
from predictors import LatencyTable
from predictors.latency.table import key_hash
from search_space import ArchConfig
from search_space.disk import whole_lines

_HEADER = ("bundle", "plan", "anchors", "protocol", "runtime", "options", "precision", "batch")


def import_results(
    results: Path, *, device: Device, folder: Path, bundle: Path | None = None, mixed: bool = False
) -> tuple[LatencyTable, int]:
    """File a results file as the table in `folder`; returns the table and how many visits are new.

    A results file that goes on where an imported one stopped replaces it. The results may be incomplete: what was not
    visited yet is left out.

    Raises:
        UserError: it was made for another device, plan or bundle, or the folder holds other results.
        RunnerError: a line was changed after it was measured, or another machine measured it; names the line.
    """
    if not results.is_file():
        raise UserError(f"--import {results}: no such file")
    journal = Journal(results, None, repair=False)
    items = _items(journal, results)
    _check_device(journal, results, device)
    if bundle is not None:
        _check_bundle(journal, results, bundle)
    with hold(make_folder(folder)):
        new = _new_visits(journal, results, folder)
        if not new and (folder / "manifest.json").exists():
            return LatencyTable.load(folder), 0
        seen = _seen(journal)
        table = build_table(
            [item for item in items if item.key in seen],
            journal,
            device=device.name,
            space=journal.plan["space"],
            exporter=journal.plan["exporter"],
            onnx_sha256=journal.digests,
            mixed=mixed,
        )
        if results.resolve() != (folder / "raw.jsonl").resolve():
            write_atomically(folder / "raw.jsonl", lambda temporary: shutil.copyfile(results, temporary))
        table.save(folder)
        return LatencyTable.load(folder), new


def left_out(journal_path: Path) -> int:
    """How many items of the plan behind a results file are neither visited nor failed."""
    journal = Journal(journal_path, None, repair=False)
    seen = _seen(journal)
    return sum(item.key not in seen for item in _items(journal, journal_path))


def _seen(journal: Journal) -> set[str]:
    return {visit.model for visit in journal.visits} | {model for _, model in journal.failed}


def _items(journal: Journal, results: Path) -> list[Item]:
    """The items of the plan, each checked against its key; costs of networks are worked out again."""
    header = journal.header
    if header.get("schema") != RESULTS_SCHEMA or not all(name in header for name in _HEADER):
        raise UserError(f"{results} is not a results file of a runner ({RESULTS_SCHEMA}): {str(header)[:80]}")
    if not journal.sessions or not journal.plan:
        raise UserError(f"{results}: the runner had not begun to measure; run it again")
    found = []
    for key, record in journal.plan["items"].items():
        item = Item.from_record(record)
        if key_hash(item.key_json) != key:
            raise UserError(f"{results}: item {key} is not what its name is a digest of")
        if item.kind == "network":
            item = Item.of_network(ArchConfig.from_json(item.key_json), item.split)
        found.append(item)
    _check_keys(results, (item.key for item in found), journal)
    return found


def _check_keys(results: Path, keys: Iterable[str], journal: Journal) -> None:
    known = set(keys)
    for visit, line in zip(journal.visits, journal.visit_lines, strict=True):
        if visit.model not in known:
            raise UserError(f"{results} line {line}: model {visit.model!r} is not in the plan")
    if strange := [anchor for anchor in journal.header["anchors"] if anchor not in known]:
        raise UserError(f"{results}: anchor {strange[0]!r} is not in the plan; these are another bundle's anchors")


def _check_device(journal: Journal, results: Path, device: Device) -> None:
    header = journal.header
    runtime = header["runtime"].partition(" ")[0]
    found = (journal.plan["device"], runtime, header["precision"], header["batch"])
    wanted = (device.name, device.runtime, device.precision, device.batch)
    for name, value, expected in zip(("device", "runtime", "precision", "batch"), found, wanted, strict=True):
        if value != expected:
            raise UserError(f"{results}: {name} is {value!r}; {device.name} has {expected!r}")


def _check_bundle(journal: Journal, results: Path, bundle: Path) -> None:
    try:
        with zipfile.ZipFile(bundle) as archive:
            check_names(bundle, archive.infolist())
            manifest = archive.read("manifest.json")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{bundle} is not a bundle: {error}") from None
    digest = hashlib.sha256(manifest).hexdigest()
    if digest != journal.header["bundle"]:
        raise UserError(f"{results} was measured from another bundle than {bundle}: its checksum differs")


def _new_visits(journal: Journal, results: Path, folder: Path) -> int:
    """Visits that the folder does not hold yet."""
    raw = folder / "raw.jsonl"
    if not raw.exists():
        if (folder / "manifest.json").exists():
            _check_plan(journal, results, folder)
            return 0
        return len(journal.visits)
    before = Journal(raw, None, repair=False)
    if results.read_bytes().startswith(_whole_lines(raw)):
        return len(journal.visits) - len(before.visits)
    if _whole_lines(raw).startswith(_whole_lines(results)):
        return 0
    names = [machine_name(found.sessions[0]["machine"]) if found.sessions else "?" for found in (before, journal)]
    where = f"on {names[1]}, those on {names[0]}" if names[0] != names[1] else f"on {names[0]} as well"
    raise UserError(f"{folder} holds other results than {results} (these were measured {where}); import elsewhere")


def _check_plan(journal: Journal, results: Path, folder: Path) -> None:
    found = read_json(folder / "manifest.json")
    if _at(found, "protocol", "plan") != journal.header["plan"]:
        raise UserError(f"{folder} holds the table of another plan than {results}; import elsewhere with --out")


def _at(found: Any, *names: str) -> Any:
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _whole_lines(path: Path) -> bytes:
    return whole_lines(path.read_bytes())
