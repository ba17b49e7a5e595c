"""`nas export`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from nas.cli.console import stderr, tell
from nas.cli.derived import takes
from nas.cli.shared import ArchArgument, SeedOption, SupernetOption
from nas.deploy import EXPORTERS
from nas.exporting import ExportConfig, export_arch

_FORMATS = "; ".join(f"{name}: {exporter.words}" for name, exporter in EXPORTERS.items()) + "."
_PRECISIONS = "; ".join(f"{name}: {', '.join(exporter.precisions)}" for name, exporter in EXPORTERS.items()) + "."


@dataclass(frozen=True, kw_only=True)
class ExportRequest(ExportConfig):
    """The options of `nas export`: what each field is on the command line."""

    arch: ArchArgument
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: by the architecture and the format.")
    ] = None
    export_format: Annotated[str, typer.Option("--format", help=_FORMATS)] = "onnx"
    precision: Annotated[str, typer.Option("--precision", help=_PRECISIONS)] = "fp32"
    supernet: SupernetOption = None
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="Published checkpoint: timm's or the authors'.")
    ] = None
    pretrained: Annotated[
        bool, typer.Option("--pretrained", help="Download the published weights (huggingface_hub and its cache).")
    ] = False
    batch: Annotated[int, typer.Option("--batch", min=1, help="Images per call, fixed in the file.")] = 1
    resolution: Annotated[str | None, typer.Option("--resolution", help="Another input size.")] = None
    random: Annotated[
        bool, typer.Option("--random", help="timm:TAG with random weights: good for measuring, not for use.")
    ] = False
    seed: SeedOption = 0


@takes(ExportRequest)
def export(ask: Callable[[], ExportRequest]) -> None:
    """Write a deployable file, checked against PyTorch; a failed check leaves no file.

    Without --supernet, --weights or --pretrained the weights are random: good for measuring, not for use.
    Checkpoints are safetensors files, or torch files that hold tensors alone.

    timm:TAG takes a pretrained model of timm (pip install 'efficientvit-nas[timm]'): its weights are downloaded from
    the Hugging Face hub, or read from --weights; branches of training are merged.

    Examples:

        nas export mit-b1 --format onnx --out b1.onnx

        nas export mit-l2@384 --pretrained

        nas export msra-m4 --weights efficientvit_m4.safetensors

        nas export timm:mobilenetv4_conv_small.e2400_r224_in1k
    """
    found = export_arch(ask(), stderr.status("exporting and checking"))
    for note in found.notes:
        stderr.print(note, style="yellow", highlight=False, markup=False)
    report = found.report
    shape = "x".join(map(str, report.input_shape))
    tell(f"{report.path}: input {shape}, {report.bytes / 1e6:.1f} MB, {found.weights}; {found.check}")
    if found.images is not None:
        tell(f"images: {found.images}")
