"""Every backend conforms and times a block in all its precisions."""

import subprocess
import sys
from pathlib import Path

import pytest

from nas.measuring.backends import BACKENDS
from nas.measuring.plan import Item
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_every_backend_conforms(name: str) -> None:
    backend = BACKENDS[name]()
    available, reason = backend.is_available()
    assert backend.name == name
    assert available == (reason == "")
    if available:
        assert backend.version()
        assert all(isinstance(option, str) for option in backend.options())


@pytest.mark.parametrize(
    ("name", "precision"), [(name, x) for name in sorted(BACKENDS) for x in BACKENDS[name].precisions]
)
def test_every_backend_times_a_block_in_all_its_precisions(name: str, precision: str, tmp_path: Path) -> None:
    backend = BACKENDS[name]()
    if not backend.is_available()[0]:
        pytest.skip(backend.is_available()[1])
    operator = OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8)
    protocol = MeasuringProtocol(warm_up_ms=1, max_warm_up_ms=50)
    item = Item.of_block(operator)
    loaded = backend.load_item(item, tmp_path, batch=2, precision=precision, protocol=protocol)
    assert 0.0005 < loaded.model.warm_up(protocol) < 1000
    wall_ns, cpu_ns, switches = loaded.model.visit(4)
    assert len(wall_ns) == len(cpu_ns) == len(switches) == 4
    assert min(wall_ns) > 500
    assert (len(loaded.onnx_sha256) == 64) == backend.exports


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, nas.measuring.backends; assert not {'onnxruntime', 'torch', 'pandas', 'onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
