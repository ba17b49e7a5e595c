"""The calls into TensorRT have names and signatures of the real bindings."""

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NAMES = json.loads((Path(__file__).parent / "data" / "tensorrt-names.json").read_text())

Fake = Callable[..., Any]


def public(cls: type) -> dict[str, Any]:
    bases = [base for base in cls.__mro__ if base not in (object, bytes)]
    return {name: value for base in bases for name, value in vars(base).items() if name[0] != "_"}


@pytest.mark.parametrize("version", NAMES)
def test_every_name_and_signature_used_is_one_of_the_real_bindings(fake_tensorrt: Fake, version: str) -> None:
    known, module = NAMES[version]["classes"], fake_tensorrt(version)
    fakes = {name: cls for name, cls in vars(module).items() if isinstance(cls, type)}
    fakes["ILogger.Severity"] = module.ILogger.Severity
    assert set(fakes) <= set(known)
    for title, cls in fakes.items():
        for name, value in public(cls).items():
            assert name in known[title], f"{title}.{name} is not in {version}"
            if inspect.isfunction(value):
                parameters = list(inspect.signature(value).parameters)[1:]
                optional = known[title][name] in ([["strategy"], ["runtime_config"]], [["strategy"]])
                assert parameters in known[title][name] or (not parameters and optional), f"{title}.{name}"


@pytest.mark.skipif("TENSORRT_WHEELS" not in os.environ, reason="needs wheels of the bindings in $TENSORRT_WHEELS")
def test_the_recorded_names_are_those_of_the_real_bindings() -> None:
    wheels = sorted(Path(os.environ["TENSORRT_WHEELS"]).glob("tensorrt_cu12_bindings-*.whl"))
    script = Path(__file__).parents[4] / "scripts" / "record_tensorrt_names.py"
    found = subprocess.run([sys.executable, script, "--check", *wheels], capture_output=True, text=True, check=False)
    assert wheels
    assert (found.returncode, found.stderr) == (0, "")
