"""Records what TensorRT's own Python bindings offer, for the contract test: `scripts/record_tensorrt_names.py`.

Only the bindings' wheels are fetched (1.3 MB each, PyPI). They are imported over three stub libraries whose entry
points return null, so that classes and signatures are the real ones and no GPU and no vendor library is needed.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSIONS = ("10.3.0", "11.4.0.106")  # JetPack 6.2's, and the newest
RECORD = Path(__file__).resolve().parents[1] / "tests/nas/measuring/backends/data/tensorrt-names.json"
LIBRARIES = ("libnvinfer", "libnvonnxparser", "libnvinfer_plugin")
ENTRY_POINTS = (
    "createInferBuilder_INTERNAL",
    "createInferRefitter_INTERNAL",
    "createInferRuntime_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL",
    "createNvOnnxParser_INTERNAL",
    "getBuilderPluginRegistry",
    "getNvOnnxParserVersion",
    "getPluginRegistry",
    "initLibNvInferPlugins",
)
CLASSES = (
    "Builder",
    "BuilderFlag",
    "DataType",
    "IBuilderConfig",
    "ICudaEngine",
    "IExecutionContext",
    "IHostMemory",
    "ILogger",
    "ILogger.Severity",
    "INetworkDefinition",
    "IProfiler",
    "ITimingCache",
    "MemoryPoolType",
    "NetworkDefinitionCreationFlag",
    "OnnxParser",
    "ParserError",
    "Runtime",
    "TensorIOMode",
)
LIST_NAMES = """
import functools, json, sys
import tensorrt_bindings as trt

def members(cls):
    return {name: getattr(cls, name).__doc__ or "" for name in dir(cls) if name[0] != "_" or name == "__init__"}

classes = {name: members(functools.reduce(getattr, name.split("."), trt)) for name in sys.argv[1:]}
print(json.dumps({"version": trt.__version__, "classes": classes}))
"""


def main() -> None:
    """Write the record, or check the committed one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path, nargs="*", help="wheels at hand; default: fetched from PyPI")
    parser.add_argument("--check", action="store_true", help="compare with the record and write nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {}
        for wheel in options.wheels or [_fetch(version, folder) for version in VERSIONS]:
            record = _names(wheel, folder / wheel.stem)
            found[record.pop("version")] = record
    if not options.check:
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(_format(found))
    known = json.loads(RECORD.read_text())
    if differing := [version for version in found if found[version] != known.get(version)]:
        sys.exit(f"{RECORD} differs from the bindings of {', '.join(differing)}")
    print(f"{RECORD}: equal to the bindings of {', '.join(found)}")


def _format(found: dict) -> str:
    """JSON with one class to a line."""
    versions = []
    for version, record in found.items():
        classes = ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in record["classes"].items()
        )
        source = json.dumps(record["source"])
        versions.append(f'{json.dumps(version)}: {{"source": {source}, "classes": {{\n{classes}\n}}}}')
    return "{" + ",\n".join(versions) + "}\n"


def _fetch(version: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, f"--dest={folder}", f"tensorrt-cu12-bindings=={version}"], check=True)
    return next(folder.glob(f"tensorrt_cu12_bindings-{version}-*.whl"))


def _names(wheel: Path, folder: Path) -> dict:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    major = wheel.name.split("-")[1].partition(".")[0]
    source = folder / "stubs.c"
    source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in ENTRY_POINTS))
    for library in LIBRARIES:
        subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / f"{library}.so.{major}", source], check=True)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", LIST_NAMES, *CLASSES]
    said = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    classes = {
        name: {member: _signatures(member, text) for member, text in members.items()}
        for name, members in said["classes"].items()
    }
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return {"version": said["version"], "source": f"PyPI, {wheel.name}, sha256 {digest}", "classes": classes}


def _signatures(name: str, text: str) -> list[list[str]]:
    """Parameters of each overload by name, from the first line of the documentation that pybind11 writes."""
    lines = re.findall(rf"^(?:\d+\. )?{re.escape(name)}\(self: (.*)\)", text, flags=re.MULTILINE)
    return [re.findall(r", (\w+): ", line.split(") -> ")[0]) for line in lines]


if __name__ == "__main__":
    main()
