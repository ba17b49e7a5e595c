"""`nas export`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nas.archs import arch_name, find_arch
from nas.commands.console import stderr, tell
from nas.errors import UserError
from nas.units import parse_resolution
from nas.weights import download, find_pretrained

if TYPE_CHECKING:
    from search_space import ArchConfig
    from supernet import Network


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """The options of `nas export` as the user gave them.

    Raises:
        UserError: two of them exclude each other.
    """

    arch: str
    out: Path | None = None
    export_format: str = "onnx"
    precision: str = "fp32"
    supernet: Path | None = None
    weights: Path | None = None
    pretrained: bool = False
    batch: int = 1
    resolution: str | None = None
    seed: int = 0
    random: bool = False

    def __post_init__(self) -> None:
        if (self.supernet is not None) + (self.weights is not None) + self.pretrained > 1:
            raise UserError("--supernet, --weights and --pretrained exclude each other")


def export_command(request: ExportRequest) -> None:
    """Write one network to a file."""
    from nas.commands.export_zoo import PREFIX, export_zoo_command
    from nas.deploy import Source
    from nas.deploy.exporting import export, find_exporter

    exporter = find_exporter(request.export_format)
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
        report = export(source, path, exporter)
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
