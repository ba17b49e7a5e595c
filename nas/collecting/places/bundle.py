"""Writing a bundle: graphs without weights, the plan, checksums and the runner in one file that Python runs."""

import hashlib
import inspect
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from nas.collecting.places.place import Job, Outcome, Progress
from nas.devices import Device
from nas.disk.files import hold, make_folder, parse_json, write_atomically
from nas.errors import UserError
from nas.measuring import runner
from nas.measuring.backends import BACKENDS
from nas.measuring.models.graphs import describe_export, write_model
from nas.measuring.plan import Named, Plan
from nas.measuring.runner.bundle import BUNDLE_SCHEMA, sha256
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes import Runtime

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

    Raises:
        UserError: the device's runtime does not travel.
    """
    board_runtime(device)
    parts = make_folder(path.with_name(f".{path.name}.{_digest_of(plan, device)}.parts"))
    with hold(parts):
        failed = _export(plan, device, parts / "models", on_step)
        files = _files(device, parts)
        text = json.dumps(_manifest(plan, device, space, protocol, failed, files), sort_keys=True) + "\n"
        files["manifest.json"] = text.encode()
        write_atomically(path, lambda temporary: _zip(temporary, files))
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


class Carried:
    """A board that nothing here reaches: somebody carries the bundle there and the results back."""

    name = "bundle"

    def check(self, device: Device) -> None:
        """Whether the device's runtime travels.

        Raises:
            UserError: it does not.
        """
        board_runtime(device)

    def measure(self, job: Job, *, progress: Progress, on_note: Callable[[str], None]) -> Outcome:
        """Write the bundle; `import_results` files what it brings."""
        path = job.bundle or job.folder / "bundle.zip"
        with progress("exporting") as step:
            report = write_bundle(
                job.plan, device=job.device, space=job.space, protocol=job.protocol, path=path, on_step=step
            )
        for key, reason in report.failed.items():
            on_note(f"{key} {reason}")
        return Outcome(bundle=report)


def _digest_of(plan: Plan, device: Device) -> str:
    text = f"{plan.digest} {device.precision} {device.batch} {_described(device)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _export(plan: Plan, device: Device, folder: Path, on_step: Callable[[int, int], None]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    failed = {}
    for done, item in enumerate(plan.items, start=1):
        # the graph is written last and replaced atomically: where it is, its weight records are
        if not (folder / f"{item.key}.onnx").exists():
            try:
                write_model(
                    item,
                    folder,
                    batch=device.batch,
                    precision=device.precision,
                    signed_int8=device.backend.signed_int8,
                )
            except OSError:
                raise
            except Exception as error:  # torch's and the exporter's errors share no base class
                failed[item.key] = f"cannot be exported: {error}".splitlines()[0]
                (folder / f"{item.key}.json").unlink(missing_ok=True)
        on_step(done, len(plan.items))
    return failed


def _files(device: Device, parts: Path) -> dict[str, bytes]:
    """The files of the bundle but for the manifest, by their names in it."""
    models = sorted((parts / "models").glob("*.onnx")) + sorted((parts / "models").glob("*.json"))
    named = {**_runner(device), **{f"models/{path.name}": path for path in models}}
    return {name: path.read_bytes() for name, path in named.items()} | {
        "README.txt": README.encode(),
        **dict.fromkeys(("nas/__init__.py", "nas/measuring/__init__.py"), b""),
    }


def _runner(device: Device) -> dict[str, Path]:
    """The runner's modules and, where it comes from elsewhere, the one of the device's runtime."""
    root, there = Path(runner.__file__).parent, runner.__name__.replace(".", "/")
    found = {f"{there}/{path.relative_to(root).as_posix()}": path for path in root.rglob("*.py")}
    cls = board_runtime(device)
    if not _is_own(cls.__module__):
        found[f"{there}/runtimes/{_stem(cls.__module__)}.py"] = Path(inspect.getfile(cls))
    return {"__main__.py": root / "__main__.py", **found}


def board_runtime(device: Device) -> type[Runtime]:
    """What runs the device's models on a board.

    Raises:
        UserError: its runtime does not travel.
    """
    if device.backend.board is None:
        able = ", ".join(name for name, backend in BACKENDS.items() if backend.board)
        raise UserError(f"a bundle's runner has no {device.runtime}, which device {device.name} needs; it has {able}")
    return device.backend.board


def _is_own(module: str) -> bool:
    return module.startswith(f"{runner.__name__}.")


def _stem(module: str) -> str:
    return module.rpartition(".")[2]


def _entry(device: Device) -> str:
    """Where the runner finds the runtime, as `module:class`."""
    cls = board_runtime(device)
    module = cls.__module__ if _is_own(cls.__module__) else f"{runner.__name__}.runtimes.{_stem(cls.__module__)}"
    return f"{module}:{cls.__name__}"


def _described(device: Device) -> str:
    return describe_export(device.precision, signed_int8=device.backend.signed_int8)


def _manifest(
    plan: Plan,
    device: Device,
    space: Named,
    protocol: MeasuringProtocol,
    failed: dict[str, str],
    files: dict[str, bytes],
) -> dict[str, object]:
    return {
        "schema": BUNDLE_SCHEMA,
        "device": device.name,
        "space": space.name,
        "runtime": device.runtime,
        "runner": _entry(device),
        "precision": device.precision,
        "batch": device.batch,
        "protocol": asdict(protocol),
        "exporter": _described(device),
        "plan": plan.digest,
        "anchors": [key for key in plan.anchor_keys if key not in failed],
        "groups": [[item.key for item in group if item.key not in failed] for group in plan.groups],
        "models": {item.key: item.record() for item in plan.items},
        "failed": failed,
        "files": {name: sha256(data) for name, data in files.items()},
    }


def _zip(path: Path, files: dict[str, bytes]) -> None:
    sums = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(files.items()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted({**files, "SHA256SUMS": sums.encode()}.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)


README = """Measuring the latencies of the models in this bundle
====================================================

Needed: Python 3.8 or newer and either onnxruntime (pip install onnxruntime) or TensorRT's trtexec. Nothing else.

    python3 my-board.zip                  (the name of this file; an unpacked folder does as well)

Progress and time left are printed. Stop it or cut the power at any moment: the same command goes on. The results are
in results.jsonl; bring that file home and there:

    nas collect --device DEVICE --import results.jsonl     (nas rivals, where that wrote the bundle)

Clocks and power modes stay as they are; the runner prints what you may want to set first. python3 my-board.zip --help
lists everything else, such as --detach, --status and --model, which measures a single model again.
"""
