"""Checkpoints: safetensors beside a JSON file that names them and holds their digests.

The tensors are written under a new name first; replacing `supernet.json` is the one moment at which the new state
becomes the valid one, so a kill leaves the old state or the new, never half of one.
"""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from search_space import SearchSpace, named_space
from search_space.disk import read_json, write_json
from supernet.supernet import Supernet

MANIFEST = "supernet.json"
SCHEMA = "supernet/2"


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_checkpoint(folder: Path, step: int, tensors: dict[str, dict[str, Tensor]], record: dict[str, Any]) -> None:
    """Write each group of `tensors` as `<group>-<step>.safetensors`, switch the manifest, delete the old files.

    Raises:
        ValueError: it could not be written, say to a full disk; the former state is still there.
    """
    files = {}
    try:
        for group, values in tensors.items():
            path = folder / f"{group}-{step:07d}.safetensors"
            save_file({name: value.detach().contiguous() for name, value in values.items()}, path)
            files[group] = {"file": path.name, "sha256": file_digest(path)}
        manifest = {**record, "schema_version": SCHEMA, "files": files}
        write_json(folder / MANIFEST, manifest)
    except (OSError, SafetensorError) as error:
        _keep_only_named(folder)
        raise ValueError(f"cannot save step {step} to {folder} ({error}); the last saved state is kept") from None
    _keep_only_named(folder)


def _keep_only_named(folder: Path) -> None:
    """Delete tensor files that the manifest does not name."""
    kept = set()
    with contextlib.suppress(ValueError):
        kept = {entry["file"] for entry in read_manifest(folder)["files"].values()}
    for path in folder.glob("*-*.safetensors"):
        if path.name not in kept:
            path.unlink()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked manifest of a supernet's folder.

    Raises:
        ValueError: missing, not JSON, or not a supernet; names the file.
    """
    path = folder / MANIFEST
    try:
        found = read_json(path)
    except OSError as error:
        raise ValueError(f"no supernet in {folder}: cannot read {path} ({error.strerror}); see nas train") from None
    if not isinstance(found, dict) or found.get("schema_version") != SCHEMA:
        raise ValueError(f"{path} is not a {SCHEMA} file")
    for key in ("space", "classes", "in_channels", "attention_eps", "resolutions", "data", "files", "step", "config"):
        if key not in found:
            raise ValueError(f"{path}: field {key!r} is missing")
    return found


def load_tensors(folder: Path, group: str) -> dict[str, Tensor]:
    """One group of tensors of a checkpoint.

    Raises:
        ValueError: the file is missing, truncated or changed; names it.
    """
    entry = read_manifest(folder)["files"].get(group)
    if not isinstance(entry, dict) or Path(str(entry.get("file"))).name != entry.get("file"):
        raise ValueError(f"{folder / MANIFEST}: no {group} file is named")
    path = folder / entry["file"]
    try:
        if file_digest(path) != entry.get("sha256"):
            raise ValueError(f"{path} is damaged: its SHA-256 differs from {MANIFEST} (truncated or changed)")
        return load_file(path)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file: {error}") from None


def restore_weights(supernet: Supernet, weights: dict[str, Tensor], source: str) -> None:
    """Load shared parameters strictly.

    Raises:
        ValueError: a missing, extra or misshaped key; names it.
    """
    wanted = {name: tuple(parameter.shape) for name, parameter in supernet.shared.items()}
    if missing := sorted(set(wanted) - set(weights)):
        raise ValueError(f"{source}: parameter {missing[0]!r} is missing ({len(missing)} in all)")
    if extra := sorted(set(weights) - set(wanted)):
        raise ValueError(f"{source}: parameter {extra[0]!r} is unknown ({len(extra)} in all)")
    for name, shape in wanted.items():
        if tuple(weights[name].shape) != shape:
            raise ValueError(f"{source}: parameter {name!r} has shape {tuple(weights[name].shape)}, not {shape}")
        supernet.shared[name].data.copy_(weights[name])


def stored_space(manifest: Mapping[str, Any]) -> SearchSpace:
    """The space of a supernet: the named one for its data, with its epsilons."""
    space = named_space(manifest["space"]).for_data(
        classes=manifest["classes"],
        in_channels=manifest["in_channels"],
        resolutions=tuple(manifest["resolutions"]),
    )
    eps = manifest.get("conv_norm_eps")  # absent where no space had heads with an epsilon of their own
    return space.with_epsilons(attention_eps=manifest["attention_eps"], conv_norm_eps=eps)


def load_supernet(folder: Path) -> Supernet:
    """The supernet in `folder` with its averaged weights, if it has any, in evaluation mode.

    Raises:
        ValueError: no supernet there, or a damaged or foreign file; names it.
    """
    manifest = read_manifest(folder)
    group = _judged(manifest)
    supernet = Supernet(stored_space(manifest))
    restore_weights(supernet, load_tensors(folder, group), str(folder / manifest["files"][group]["file"]))
    return supernet.eval()


def _judged(manifest: Mapping[str, Any]) -> str:
    """Which weights count: the averaged ones where there are any."""
    return "average" if "average" in manifest["files"] else "weights"


def supernet_digest(folder: Path) -> str:
    """SHA-256 of the weights, which identifies every evaluation made with them."""
    manifest = read_manifest(folder)
    return str(manifest["files"][_judged(manifest)]["sha256"])


def supernet_dataset(folder: Path) -> str:
    """Name of the data set the supernet was trained on."""
    return str(read_manifest(folder)["data"])
