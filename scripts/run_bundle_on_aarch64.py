"""Runs a bundle on an emulated 64-bit Arm processor and compares its outputs with this machine's.

Debian's qemu-user-static runs Debian's arm64 Python with PyPI's aarch64 wheels; all of it is unpacked into one folder
and nothing is installed. Needs Debian or Ubuntu's `apt-get` and `dpkg`, and about 250 MB. Only that the runner works
and that outputs agree can be learned so: an emulator's latencies mean nothing, and are not kept.
"""

import argparse
import shutil
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import numpy as np
import onnx

from nas.collecting.places.bundle import write_bundle
from nas.collecting.places.results import import_results
from nas.devices import Device
from nas.measuring.models.graphs import write_model
from nas.measuring.plan import Item
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes.onnxruntime import onnxruntime_call
from nas.measuring.runner.weights import place_model, read_model
from nas.measuring.sampling import make_plan
from search_space import named_space, published

PACKAGES = (
    *("libbz2-1.0", "libc6", "libcrypt1", "libexpat1", "libffi8", "libgcc-s1", "liblzma5", "libssl3", "libstdc++6"),
    *("libpython3.11-minimal", "libpython3.11-stdlib", "python3.11-minimal", "zlib1g"),
)
WHEELS = ("numpy", "onnxruntime", "flatbuffers", "packaging", "protobuf")
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")
CPUINFO = """processor\t: 0
BogoMIPS\t: 48.00
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x1
CPU part\t: 0xd0b
CPU revision\t: 0
"""  # a Cortex-A76; onnxruntime reads it and fails on an x86 one
PROTOCOL = MeasuringProtocol(
    rounds=2, extra_rounds=0, visit_ms=1, max_runs=3, warm_up_ms=1, max_warm_up_ms=5, threads=1
)
TOLERANCE = {"fp32": 5e-4, "int8": 0.3}  # weights of a seed are not trained to damp rounding, but amplify it
OUTPUTS = """
import pathlib, sys
import numpy as np
from nas.measuring.runner.runtimes.onnxruntime import onnxruntime_call
folder = pathlib.Path(sys.argv[1])
for path in sorted(folder.glob("*.onnx")):
    np.save(str(path.with_suffix(".npy")), onnxruntime_call(path, 1, 0)()[0])
"""


def main() -> None:
    """Set the emulator up, run a bundle, compare, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, required=True, help="for everything; kept, so that a second run is quick"
    )
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--blocks", type=int, default=4)
    options = parser.parse_args()
    folder = options.folder.resolve()
    if not (folder / "ready").exists():
        set_up(folder)
    print(f"emulated: {python(folder, '-c', 'import platform; print(platform.platform())').strip()}")
    run_bundle(folder, networks=options.networks, blocks=options.blocks)
    compare_outputs(folder)


def set_up(folder: Path) -> None:
    """Emulator, arm64 Python and wheels, unpacked."""
    debs, wheels = folder / "debs", folder / "wheels"
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    debs.mkdir(exist_ok=True)
    call("apt-get", "download", "qemu-user-static", cwd=debs)
    arm = [f"-o{key}={value}" for key, value in {
        "APT::Architecture": "arm64", "APT::Architectures": "arm64", "Dir::State::Lists": str(folder / "lists")
    }.items()]  # fmt: skip
    call("apt-get", *arm, "update", cwd=debs)
    call("apt-get", *arm, "download", *PACKAGES, cwd=debs)
    for deb in debs.glob("*.deb"):
        name = urllib.parse.unquote(deb.name)
        call("dpkg", "-x", str(deb), str(folder / ("qemu" if name.startswith("qemu") else "root")), cwd=debs)
    pinned = Path(__file__).resolve().parents[1] / "constraints.txt"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    platforms = [f"--platform={name}" for name in PLATFORMS]
    call(*command, *platforms, "--python-version=3.11", "-c", str(pinned), "-d", str(wheels), *WHEELS, cwd=folder)
    for wheel in wheels.glob("*.whl"):
        shutil.unpack_archive(wheel, folder / "site", format="zip")
    (folder / "root" / "proc").mkdir(exist_ok=True)
    (folder / "root" / "proc" / "cpuinfo").write_text(CPUINFO)
    (folder / "ready").touch()


def call(*command: str, cwd: Path) -> None:
    """Run a program that must succeed."""
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def python(folder: Path, *arguments: str, cwd: Path | None = None, path: Path | None = None) -> str:
    """What the emulated Python prints; `path` goes before the wheels on its path."""
    root, paths = folder / "root", ":".join(map(str, filter(None, (path, folder / "site"))))
    command = [folder / "qemu/usr/bin/qemu-aarch64-static", "-L", root, "-E", f"PYTHONPATH={paths}"]
    command += ["-E", "OMP_NUM_THREADS=1", root / "usr/bin/python3.11", *arguments]
    found = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    if found.returncode:
        sys.exit(f"the emulated Python ended with {found.returncode}: {found.stderr.strip()}")
    return found.stdout


def run_bundle(folder: Path, *, networks: int, blocks: int) -> None:
    """Write a bundle of the space `digits`, run it to its end and file what it left."""
    space = named_space("digits")
    whole = make_plan(space, networks=max(networks, 4), blocks=blocks, seed=0)
    device = Device(name="emulated-arm", runtime="onnxruntime")
    shutil.rmtree(folder / "bundle", ignore_errors=True)
    write_bundle(whole, device=device, space=space, protocol=PROTOCOL, path=folder / "bundle.zip")
    (folder / "bundle").mkdir()
    started = time.monotonic()
    said = python(folder, "../bundle.zip", cwd=folder / "bundle").splitlines()
    print(said[0])
    shutil.rmtree(folder / "table", ignore_errors=True)
    table, visits = import_results(folder / "bundle/results.jsonl", device=device, folder=folder / "table")
    size_mb = (folder / "bundle.zip").stat().st_size / 1e6
    found = f"{len(table.rows)} rows, {len(table.failed)} failed, {visits} visits"
    print(f"bundle of {len(whole.items)} models, {size_mb:.2f} MB: {found}, {time.monotonic() - started:.0f} s")
    if table.failed or len(table.rows) != len(whole.items):
        sys.exit(f"{len(table.failed)} of {len(whole.items)} models failed: {table.failed[:1]}")


def compare_outputs(folder: Path) -> None:
    """The outputs of two published networks and of an int8 one, here and there."""
    models = folder / "models"
    shutil.rmtree(models, ignore_errors=True)
    for name, precision in (("mit-b1", "fp32"), ("msra-m0", "fp32"), ("mit-b1", "int8")):
        item, parts = Item.of_network(published(name)), models / "parts" / precision
        write_model(item, parts, batch=1, precision=precision, signed_int8=False)
        model = onnx.load(place_model(read_model(parts / f"{item.key}.onnx"), models / "placed", seed=0))
        onnx.save(model, models / f"{name}-{precision}.onnx")
    script = folder / "outputs.py"
    script.write_text(OUTPUTS)
    python(folder, str(script), str(models), cwd=folder, path=folder / "bundle.zip")
    for path in sorted(models.glob("*.onnx")):
        there, here = np.load(path.with_suffix(".npy")), onnxruntime_call(path, 1, 0)()[0]
        difference = float(np.abs(there - here).max() / np.abs(here).max())
        alike = float(np.corrcoef(there.ravel(), here.ravel())[0, 1])
        print(f"{path.stem}: largest difference {difference:.1e} of the largest output, correlation {alike:.6f}")
        if difference > TOLERANCE[path.stem.rpartition("-")[2]]:
            sys.exit(f"{path.stem}: outputs differ")


if __name__ == "__main__":
    main()
