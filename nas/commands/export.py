"""`nas export`."""

from dataclasses import replace
from pathlib import Path

from nas.archs import arch_name, find_arch
from nas.commands.console import stderr, tell
from nas.errors import UserError
from nas.units import parse_resolution
from nas.weights import download, find_pretrained
from search_space.checks import did_you_mean


def export_command(
    arch_text: str,
    *,
    out: Path | None,
    export_format: str,
    supernet: Path | None,
    weights: Path | None,
    pretrained: bool,
    batch: int,
    resolution: str | None,
    seed: int,
    random: bool = False,
) -> None:
    """Write one network to a file."""
    from nas.commands.export_zoo import PREFIX, export_zoo_command
    from nas.export import EXPORTERS

    if export_format not in EXPORTERS:
        raise UserError(
            f"unknown format {export_format!r}{did_you_mean(export_format, EXPORTERS)}; known: {', '.join(EXPORTERS)}"
        )
    if arch_text.startswith(PREFIX):
        if supernet is not None or export_format != "onnx":
            raise UserError(
                f"{arch_text}: models of timm are exported as ONNX, with their own weights or --weights FILE"
            )
        export_zoo_command(
            arch_text, out=out, weights=weights, random=random, batch=batch, resolution=resolution, seed=seed
        )
        return
    if random:
        raise UserError("--random is for models of timm; others have random weights unless told otherwise")
    arch = find_arch(arch_text)
    if resolution is not None:
        arch = replace(arch, resolution=parse_resolution(resolution))
    if arch.head is None:
        raise UserError(f"{arch_text} is a backbone; only networks with a head can be exported")
    if (supernet is not None) + (weights is not None) + pretrained > 1:
        raise UserError("--supernet, --weights and --pretrained exclude each other")
    source = str(weights or supernet)
    if pretrained:
        published = find_pretrained(arch)
        weights = download(published)
        source = f"timm/{published.timm}" if published.timm else str(published.authors)
    from supernet import build, convert, judged_network

    with stderr.status("exporting and checking"):
        notes: tuple[str, ...] = ()
        if weights is not None:
            found = convert(weights, arch)
            network, notes = found.network(), found.notes
        elif supernet is None:
            network = build(arch, seed=seed)
        else:
            network = judged_network(supernet, arch)
        path = out or Path(f"{arch_name(arch).replace('@', '-')}.{export_format}")
        report = EXPORTERS[export_format](network, path, batch=batch, seed=seed)
    for note in notes:
        stderr.print(note, style="yellow", highlight=False, markup=False)
    shape = "x".join(map(str, report.input_shape))
    origin = f"weights of {source}" if weights or supernet else "random weights"
    check = "read back, the weights are equal"
    if export_format == "onnx":
        check = f"largest difference between ONNX Runtime and PyTorch {report.max_difference:.1e}"
    tell(f"{report.path}: input {shape}, {report.bytes / 1e6:.1f} MB, {origin}; {check}")
