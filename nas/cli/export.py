"""`nas export`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nas.archs import arch_name, find_arch
from nas.cli.console import stderr, tell
from nas.cli.derived import takes
from nas.cli.shared import ArchArgument, SeedOption, SupernetOption
from nas.deploy import EXPORTERS
from nas.deploy.weights import download, find_pretrained
from nas.errors import UserError
from nas.units import parse_resolution

if TYPE_CHECKING:
    from search_space import ArchConfig
    from supernet import Network

_FORMATS = "; ".join(f"{name}: {exporter.words}" for name, exporter in EXPORTERS.items()) + "."
_PRECISIONS = "; ".join(f"{name}: {', '.join(exporter.precisions)}" for name, exporter in EXPORTERS.items()) + "."


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """The options of `nas export` as the user gave them.

    Raises:
        UserError: two of them exclude each other.
    """

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

    def __post_init__(self) -> None:
        if (self.supernet is not None) + (self.weights is not None) + self.pretrained > 1:
            raise UserError("--supernet, --weights and --pretrained exclude each other")


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
    from nas.cli.export_zoo import PREFIX, export_zoo_command
    from nas.deploy import Source, exporting

    request = ask()
    exporter = exporting.find_exporter(request.export_format)
    if request.arch.startswith(PREFIX):
        export_zoo_command(request, exporter)
        return
    if request.random:
        raise UserError("--random is for models of timm; others have random weights unless told otherwise")
    arch = find_arch(request.arch)
    if request.resolution is not None:
        arch = replace(arch, resolution=parse_resolution(request.resolution))
    if arch.head is None:
        raise UserError(f"{request.arch} is a backbone; only networks with a head can be exported")
    weights, origin = _weights(request, arch)
    with stderr.status("exporting and checking"):
        network, notes = _network(request, arch, weights)
        path = request.out or Path(f"{arch_name(arch).replace('@', '-')}{exporter.suffix}")
        source = Source.of_network(network, batch=request.batch, precision=request.precision, seed=request.seed)
        report = exporting.export(source, path, exporter)
    for note in notes:
        stderr.print(note, style="yellow", highlight=False, markup=False)
    shape = "x".join(map(str, report.input_shape))
    tell(f"{path}: input {shape}, {report.bytes / 1e6:.1f} MB, {origin}; {exporter.describe_check(report)}")


def _weights(request: ExportRequest, arch: "ArchConfig") -> tuple[Path | None, str]:
    """The checkpoint to read, downloaded if asked for, and where the weights come from, in words."""
    if request.pretrained:
        published = find_pretrained(arch)
        source = f"timm/{published.timm}" if published.timm else str(published.authors)
        return download(published), f"weights of {source}"
    source = str(request.weights or request.supernet or "")
    return request.weights, f"weights of {source}" if source else "random weights"


def _network(request: ExportRequest, arch: "ArchConfig", weights: Path | None) -> "tuple[Network, tuple[str, ...]]":
    """The network with its weights, and what to say of their conversion."""
    from supernet import build, convert, judged_network

    if weights is not None:
        found = convert(weights, arch)
        return found.network(), found.notes
    if request.supernet is None:
        return build(arch, seed=request.seed), ()
    return judged_network(request.supernet, arch), ()
