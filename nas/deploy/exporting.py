"""Exporting: written beside its place, checked, and only then put there."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.deploy import EXPORTERS, Exporter, ExportReport, Source
from nas.disk.files import write_atomically
from nas.errors import UserError
from search_space.checks import did_you_mean

if TYPE_CHECKING:
    from supernet import Network


def find_exporter(name: str) -> Exporter:
    """The exporter of a format.

    Raises:
        UserError: the format is not known, or what it needs is not installed.
    """
    if name not in EXPORTERS:
        raise UserError(f"unknown format {name!r}{did_you_mean(name, EXPORTERS)}; known: {', '.join(EXPORTERS)}")
    exporter = EXPORTERS[name]()
    available, reason = exporter.is_available()
    if not available:
        raise UserError(f"--format {name}: {reason}")
    return exporter


def export(source: Source, path: Path, exporter: Exporter) -> ExportReport:
    """Write `source` to `path`.

    Raises:
        UserError: the format has not the precision, or takes only networks of ours.
        ValueError: the check failed; no file is left.
    """
    if source.precision not in exporter.precisions:
        known = ", ".join(exporter.precisions)
        raise UserError(f"--precision {source.precision}: {exporter.name} files have {known}")
    if source.arch is None and not exporter.takes_modules:
        able = ", ".join(name for name, found in EXPORTERS.items() if found.takes_modules)
        raise UserError(f"{exporter.name} files are of networks of this toolkit alone; other modules go to {able}")
    if source.shape[0] != 1 and not exporter.fixes_batch:
        raise UserError(f"--batch {source.shape[0]}: {exporter.name} files do not fix the images per call")
    differences: list[float] = []

    def write(temporary: Path) -> None:
        exporter.write(source, temporary)
        differences.append(exporter.check(source, temporary))

    write_atomically(path, write)
    return ExportReport(path=path, max_difference=differences[0], input_shape=source.shape, bytes=path.stat().st_size)


def export_network(network: "Network", path: Path, export_format: str = "onnx", *, seed: int = 0) -> ExportReport:
    """Write a network of ours in fp32 for one image per call.

    Raises:
        ValueError: the check failed; no file is left.
    """
    return export(Source.of_network(network, seed=seed), path, find_exporter(export_format))
