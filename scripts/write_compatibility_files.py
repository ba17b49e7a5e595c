"""Files of the installed version for `tests/test_compatibility.py`, which later versions have to read.

    python scripts/write_compatibility_files.py [--out tests/data/version-0.1.0]

Run it once per release, with that release installed (or first on PYTHONPATH), and commit the folder; it is never
written again. It holds what the commands themselves leave: a latency table and the results of a board's runner, a
fitted and a transferred predictor, a supernet, two run folders. Beside them stand the figures that this version
reads from them. Files above 250 kB are packed with gzip, pictures are left out. A few minutes on one core.

The supernet has the names, shapes and manifest of a trained one, but each tensor repeats its first 61 numbers, so
that 13 MB pack to next to nothing.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

import nas
from predictors import load_predictor
from search_space import PUBLISHED, SPACES, ArchConfig, arch_cost, named_space, operators, published

if TYPE_CHECKING:
    from torch import Tensor

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "results" / "latency" / "cpu-digits"
MEMBERS = 30  # random members of each space
PERIOD = 61  # numbers of a tensor that are repeated
PACKED_BYTES = 250_000
LEFT_OUT = ("*.png", "*.lock", "events.out.*")
BOARD = 'description = "a board"\nruntime = "onnxruntime"\nprecision = "fp32"\nbatch = 1\n'
RUNS = {
    "run": ["--device", "jetson", "--budget", "10ms", "--trials", "60", "--space", "efficientvit"],
    "run-supernet": [
        *("--supernet", "supernet", "--space", "digits", "--device", "cpu", "--predictor", "predictors/cpu.json"),
        *("--budget", "0.15ms", "--evaluations", "10", "--no-measure"),
    ],
}


def main() -> None:
    """Write every file into a temporary folder and put those that are kept in place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=None)
    out = parser.parse_args().out or ROOT / "tests" / "data" / f"version-{version()}"
    if out.exists():
        sys.exit(f"{out} is there already: files of a version that was released stay as they are")
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_board(folder)
        write_predictors(folder)
        write_supernet(folder)
        for run, options in RUNS.items():
            command(folder, "search", *options, "--out", run)
        descriptions: dict[str, Any] = {
            "written-by.json": written_by(),
            "architectures.json": architectures(),
            "operators.json": operator_keys(),
            "predictions.json": predictions(folder),
            "logits.json": logits(folder),
            "runs.json": {run: {"options": options, **run_facts(folder / run)} for run, options in RUNS.items()},
        }
        for file, content in descriptions.items():
            write_json(folder / file, content)
        keep(folder, out)
    print(f"{out}: {sum(path.stat().st_size for path in out.rglob('*') if path.is_file()) / 1e6:.2f} MB")


def version() -> str:
    """Of the installed distribution."""
    from importlib.metadata import version

    return version("efficientvit-nas")


def written_by() -> dict[str, str]:
    """Versions, and the commit that the packages lie in."""
    import torch

    asked = ["git", "-C", str(Path(nas.__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {"nas": version(), "commit": commit, "python": sys.version.split()[0], "torch": torch.__version__}


def command(folder: Path, *arguments: str) -> None:
    """Run `nas` in `folder`, with devices and predictors of its own."""
    print("nas", *arguments, flush=True)
    home = {
        "NAS_HOME": str(folder / "home"),
        "PYTHONPATH": os.pathsep.join(map(str, (Path(nas.__file__).parents[1],))),
    }
    subprocess.run([sys.executable, "-m", "nas.cli", *arguments], cwd=folder, env={**os.environ, **home}, check=True)


def write_board(folder: Path) -> None:
    """A device of the user's own, what the runner left on it, and the latency table made from that."""
    devices = folder / "home" / "devices"
    devices.mkdir(parents=True)
    (devices / "my-board.toml").write_text(f'["my-board"]\n{BOARD}', encoding="utf-8")
    size = ["--networks", "12", "--blocks", "3", "--rounds", "2", "--passes", "1"]
    command(folder, "collect", "--device", "my-board", "--space", "digits", *size, "--bundle", "my-board.zip")
    (folder / "board").mkdir()
    subprocess.run([sys.executable, folder / "my-board.zip"], cwd=folder / "board", check=True)
    results = shutil.copy(folder / "board" / "results.jsonl", folder / "results.jsonl")
    options = ["--space", "digits", "--import", str(results), "--out", "latency-table"]
    command(folder, "collect", "--device", "my-board", *options)
    (folder / "latency-table" / "raw.jsonl").unlink()  # results.jsonl again
    shutil.rmtree(folder / "board")
    (folder / "my-board.zip").unlink()


def write_predictors(folder: Path) -> None:
    """One fitted to the committed table of this kind of machine, one carried over to the board."""
    command(folder, "fit", "--device", "cpu", "--table", str(TABLE))
    command(folder, "fit", "--device", "cpu", "--table", str(TABLE), "--out", "predictors/cpu.json")
    options = ["--from", "cpu,jetson-nano", "--table", "latency-table", "--out", "predictors/my-board.json"]
    command(folder, "fit", "--device", "my-board", *options)


def write_supernet(folder: Path) -> None:
    """A supernet of two passes whose tensors repeat themselves."""
    from supernet.weights.checkpoint import load_tensors, read_manifest, save_checkpoint

    command(folder, "train", "--space", "digits", "--passes", "2", "--batch", "16", "--out", "supernet")
    path = folder / "supernet"
    manifest = read_manifest(path)
    groups = {group: repeated(load_tensors(path, group)) for group in manifest["files"]}
    record = {name: value for name, value in manifest.items() if name not in ("schema_version", "files")}
    save_checkpoint(path, manifest["step"], groups, record)


def repeated(tensors: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Each tensor's first numbers again and again."""
    found = {}
    for name, tensor in tensors.items():
        flat = tensor.reshape(-1)
        found[name] = flat[:PERIOD].repeat(-(-len(flat) // PERIOD))[: len(flat)].reshape(tensor.shape)
    return found


def architectures() -> dict[str, list[dict[str, Any]]]:
    """The published models and random members of each space, with their ids and costs."""
    rng = np.random.default_rng(0)
    found = {"published": [{"name": name, **described(published(name))} for name in PUBLISHED]}
    for space in SPACES:
        found[space] = [described(named_space(space).sample(rng)) for _ in range(MEMBERS)]
    return found


def described(arch: ArchConfig) -> dict[str, Any]:
    """An architecture as text, its id and what it costs."""
    return {"arch": arch.to_json(), "arch_id": arch.arch_id, "cost": asdict(arch_cost(arch))}


def operator_keys() -> list[dict[str, Any]]:
    """The first operator of each kind, with each attention type and each head, among the published models."""
    found = {}
    for name in PUBLISHED:
        for _, op in operators(published(name)):
            parts = (
                op.attention and op.attention.type,
                op.head and op.head.type,
                getattr(op.part, "fewer_norm", False),
                op.activation,
            )
            found.setdefault((op.kind, parts), {"key_json": op.key_json, "cost": asdict(op.cost)})
    return list(found.values())


def predictions(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What each predictor says of random members of the space of digits."""
    space, rng = named_space("digits"), np.random.default_rng(1)
    archs = [space.sample(rng) for _ in range(12)]
    found = {}
    for path in sorted((folder / "predictors").glob("*.json")):
        predicted = load_predictor(path).predict(archs, confidence=0.5)
        figures = zip(archs, predicted.p50_ms, predicted.low_ms, predicted.high_ms, strict=True)
        found[path.name] = [
            {"arch": arch.to_json(), "p50_ms": float(p50), "low_ms": float(low), "high_ms": float(high)}
            for arch, p50, low, high in figures
        ]
    return found


def logits(folder: Path) -> list[dict[str, Any]]:
    """What sub-networks of the supernet answer, in float64, to an image by formula."""
    import torch

    from supernet import load_supernet

    net = load_supernet(folder / "supernet")
    rng = np.random.default_rng(2)
    archs = [net.space.smallest(), *(net.space.sample(rng) for _ in range(3)), net.space.largest()]
    found = []
    for arch in archs:
        shape = 1, arch.in_channels, *arch.resolution
        image = torch.cos(torch.arange(np.prod(shape), dtype=torch.float64)).reshape(shape)
        with torch.no_grad():
            answer = net.extract(arch).double()(image)
        found.append({"arch": arch.to_json(), "logits": answer[0].tolist()})
    return found


def run_facts(folder: Path) -> dict[str, Any]:
    """What this version reads in a run."""
    from nas.runs import read

    run = read(folder)
    return {"front": [each.arch_id for each in run.front], "gaps": list(run.gaps)}


def write_json(path: Path, content: object) -> None:
    """One key or element a line, for a diff to be readable."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def keep(folder: Path, out: Path) -> None:
    """Copy what is kept, large files packed."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fitted = folder / "home" / "predictors"  # the same as in predictors/
    shutil.rmtree(fitted)
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for path in sorted(out.rglob("*")):
        if path.is_file() and path.stat().st_size > PACKED_BYTES:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


if __name__ == "__main__":
    main()
