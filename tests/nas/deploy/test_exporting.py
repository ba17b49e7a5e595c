"""Every exporter conforms, and one that is defined here goes through `nas export` as soon as it is registered."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from typer.testing import CliRunner

from nas.cli.app import app
from nas.deploy import EXPORTERS, Exporter, ExportReport, Source
from nas.deploy.checking import largest_difference
from nas.deploy.exporting import export, export_network, find_exporter
from nas.errors import UserError
from search_space import SearchSpace
from supernet import Network

Alive = Callable[[str], Network]


class ProgramExporter(Exporter):
    """PyTorch's own programs, as `torch.export` writes them."""

    name = "pt2"
    words = "a program of PyTorch"
    suffix = ".pt2"
    fixes_batch = True
    takes_modules = True

    def write(self, source: Source, path: Path) -> None:
        with path.open("wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own
            torch.export.save(torch.export.export(source.module.eval(), (torch.zeros(source.shape),)), file)

    def check(self, source: Source, path: Path) -> float:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.load(file).module()

        def run(images: object) -> object:
            with torch.no_grad():
                return program(torch.as_tensor(images)).numpy()

        return largest_difference(source, run, words="the program")  # type: ignore[arg-type]

    def describe_check(self, report: ExportReport) -> str:
        return f"the program is {report.max_difference:.1e} away"


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXPORTERS, "pt2", ProgramExporter)


def test_a_format_of_ones_own_is_listed_written_checked_and_told(
    registered: None, tiny_space: SearchSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "arch.json").write_text(tiny_space.smallest().to_json())
    monkeypatch.chdir(tmp_path)
    options = ["export", "arch.json", "--format", "pt2", "--batch", "2"]
    found = CliRunner().invoke(app, options, catch_exceptions=False)
    assert found.exit_code == 0
    assert "input 2x1x16x16" in found.output
    assert "random weights; the program is " in found.output
    (path,) = tmp_path.glob("*.pt2")
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch.export.load(file).module()(torch.zeros(2, 1, 16, 16)).shape == (2, 10)
    with pytest.raises(UserError, match="unknown format 'pt3'; known: onnx, safetensors, pt2"):
        find_exporter("pt3")


def test_a_format_of_ones_own_refuses_a_file_that_is_wrong(registered: None, alive: Alive, tmp_path: Path) -> None:
    network = alive("linear")
    other = alive("none")
    source = replace(Source.of_network(network), reference=other)
    with pytest.raises(ValueError, match="export check failed: the program differs from PyTorch by"):
        export(source, tmp_path / "net.pt2", find_exporter("pt2"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_says_what_it_is(name: str) -> None:
    exporter = EXPORTERS[name]()
    assert exporter.name == name
    assert exporter.words
    assert exporter.suffix.startswith(".")
    assert "fp32" in exporter.precisions
    assert exporter.is_available() == (True, "")


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_command_lists_every_format_and_its_precisions(name: str) -> None:
    shown = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "200"}, catch_exceptions=False).output
    assert f"{name}: {EXPORTERS[name].words}" in shown
    assert f"{name}: {', '.join(EXPORTERS[name].precisions)}" in shown


OFFERED = [(name, precision) for name, exporter in EXPORTERS.items() for precision in exporter.precisions]


@pytest.mark.parametrize(("name", "precision"), OFFERED)
def test_every_exporter_leaves_one_file_and_reports_it(
    name: str, precision: str, alive: Alive, tmp_path: Path
) -> None:
    path, network = tmp_path / f"net{EXPORTERS[name].suffix}", alive("none")
    report = export(Source.of_network(network, precision=precision), path, find_exporter(name))
    assert list(tmp_path.iterdir()) == [path]
    assert report.path == path
    assert report.bytes == path.stat().st_size > 0
    assert 0 <= report.max_difference < {"fp32": 1e-4, "fp16": 1e-2}[precision]
    assert len(find_exporter(name).describe_check(report).split()) >= 3


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_refuses_what_it_does_not_write(name: str, alive: Alive, tmp_path: Path) -> None:
    exporter, source = find_exporter(name), Source.of_network(alive("none"))
    with pytest.raises(UserError, match=f"--precision fp7: {name} files have fp32"):
        export(replace(source, precision="fp7"), tmp_path / "net", exporter)
    if not exporter.takes_modules:
        with pytest.raises(UserError, match="of networks of this toolkit alone; other modules go to onnx"):
            export(replace(source, arch=None), tmp_path / "net", exporter)
    if not exporter.fixes_batch:
        with pytest.raises(UserError, match=f"--batch 2: {name} files do not fix the images per call"):
            export(Source.of_network(alive("none"), batch=2), tmp_path / "net", exporter)
    assert list(tmp_path.iterdir()) == []


def test_half_precision_is_half_precision(alive: Alive, tmp_path: Path) -> None:
    export(Source.of_network(alive("linear"), precision="fp16"), tmp_path / "net.onnx", find_exporter("onnx"))
    graph = onnx.load(tmp_path / "net.onnx").graph
    floats = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16}
    assert {tensor.data_type for tensor in graph.initializer if tensor.dims} & floats == {onnx.TensorProto.FLOAT16}


def test_a_format_that_lacks_something_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing(ProgramExporter):
        def is_available(self) -> tuple[bool, str]:
            return False, "needs the package nothing"

    monkeypatch.setitem(EXPORTERS, "missing", Missing)
    with pytest.raises(UserError, match="--format missing: needs the package nothing"):
        find_exporter("missing")


def test_networks_are_exported_as_onnx_unless_told_otherwise(alive: Alive, tmp_path: Path) -> None:
    report = export_network(alive("none"), tmp_path / "net.bin")
    assert (tmp_path / "net.bin").read_bytes()[:1] == b"\x08"  # the first field of an ONNX model: its version
    assert report.input_shape == (1, 1, 16, 16)
