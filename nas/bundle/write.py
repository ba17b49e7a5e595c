"""Writing a bundle: graphs without weights, the plan, checksums and the runner in one zip file."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from nas.bundle import runner
from nas.bundle.models import describe_export, write_model
from nas.bundle.runner import BUNDLE_SCHEMA, MeasuringProtocol
from nas.devices import Device
from nas.files import hold, make_folder, parse_json, write_atomically
from nas.plan import Named, Plan

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bundle is the same file, whenever it was written


@dataclass(frozen=True, kw_only=True)
class BundleReport:
    """What was written; `failed` says by key why a model could not be exported."""

    path: Path
    bytes: int
    models: int
    failed: dict[str, str]


def write_bundle(
    plan: Plan,
    *,
    device: Device,
    space: Named,
    protocol: MeasuringProtocol,
    path: Path,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> BundleReport:
    """Write the bundle of a plan to `path`.

    Models are kept beside it until it is complete, so that the same call after a kill goes on.
    """
    parts = make_folder(path.with_name(f".{path.name}.{_digest_of(plan, device)}.parts"))
    with hold(parts):
        failed = _export(plan, device, parts / "models", on_step)
        text = json.dumps(_manifest(plan, device, space, protocol, failed, _files(parts)), sort_keys=True) + "\n"
        manifest = text.encode()
        write_atomically(path, lambda temporary: _zip(temporary, parts, manifest))
    shutil.rmtree(parts)
    size, models = path.stat().st_size, len(plan.items) - len(failed)
    return BundleReport(path=path, bytes=size, models=models, failed=failed)


def is_bundle_of(path: Path, plan: Plan, *, device: Device, space: Named, protocol: MeasuringProtocol) -> bool:
    """Whether `path` is a bundle that `write_bundle` would write again just so."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = parse_json(archive.read("manifest.json"), path)
        return bool(
            found == _manifest(plan, device, space, protocol, found["failed"], {}) | {"files": found["files"]}
        )
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
        return False


def _digest_of(plan: Plan, device: Device) -> str:
    text = f"{plan.digest} {device.precision} {device.batch} {describe_export(device.precision, device.runtime)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _export(plan: Plan, device: Device, folder: Path, on_step: Callable[[int, int], None]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    failed = {}
    for done, item in enumerate(plan.items, start=1):
        # the graph is written last and replaced atomically: where it is, its weight records are
        if not (folder / f"{item.key}.onnx").exists():
            try:
                write_model(item, folder, batch=device.batch, precision=device.precision, runtime=device.runtime)
            except OSError:
                raise
            except Exception as error:  # torch's and the exporter's errors share no base class
                failed[item.key] = f"cannot be exported: {error}".splitlines()[0]
                (folder / f"{item.key}.json").unlink(missing_ok=True)
        on_step(done, len(plan.items))
    return failed


def _files(parts: Path) -> dict[str, Path]:
    """The files of the bundle but for the manifest, by their names in it."""
    models = sorted((parts / "models").glob("*.onnx")) + sorted((parts / "models").glob("*.json"))
    return {"runner.py": Path(runner.__file__), **{f"models/{path.name}": path for path in models}}


def _manifest(
    plan: Plan,
    device: Device,
    space: Named,
    protocol: MeasuringProtocol,
    failed: dict[str, str],
    files: dict[str, Path],
) -> dict[str, object]:
    return {
        "schema": BUNDLE_SCHEMA,
        "device": device.name,
        "space": space.name,
        "runtime": device.runtime,
        "precision": device.precision,
        "batch": device.batch,
        "protocol": asdict(protocol),
        "exporter": describe_export(device.precision, device.runtime),
        "plan": plan.digest,
        "anchors": [key for key in plan.anchor_keys if key not in failed],
        "groups": [[item.key for item in group if item.key not in failed] for group in plan.groups],
        "models": {item.key: item.record() for item in plan.items},
        "failed": failed,
        "files": {name: runner.sha256(file) for name, file in files.items()} | {"README.txt": _README_SHA256},
    }


def _zip(path: Path, parts: Path, manifest: bytes) -> None:
    files = {name: file.read_bytes() for name, file in _files(parts).items()}
    files |= {"README.txt": README.encode(), "manifest.json": manifest}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted({**files, "SHA256SUMS": sums.encode()}.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)


README = """Measuring the latencies of the models in this bundle
====================================================

Needed: Python 3.8 or newer and either onnxruntime (pip install onnxruntime) or TensorRT's trtexec. Nothing else.

    python3 runner.py

Progress and time left are printed. Stop it or cut the power at any moment: the same command goes on. The results are
in results.jsonl; bring that file home and there:

    nas collect --device DEVICE --import results.jsonl     (nas rivals, where that wrote the bundle)

Clocks and power modes stay as they are; the runner prints what you may want to set first. python3 runner.py --help
lists everything else, such as --detach, --status and --model, which measures a single model again.
"""
_README_SHA256 = hashlib.sha256(README.encode()).hexdigest()
