"""`nas convert`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nas.archs import arch_name, find_arch
from nas.cli.console import stderr, tell
from nas.errors import UserError
from search_space import PUBLISHED
from search_space.checks import did_you_mean

if TYPE_CHECKING:
    from supernet.converters import Converted


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Checkpoint: safetensors, or torch of tensors.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The safetensors file to write.")],
    to: Annotated[str, typer.Option("--to", help="Names to write: native, timm or authors.")] = "native",
    arch: Annotated[
        str | None, typer.Option("--arch", metavar="ARCH", help="The architecture; default: recognised by the keys.")
    ] = None,
) -> None:
    """Rewrite a checkpoint between the names of timm, of the authors and of this project, bit for bit.

    A missing, extra or misshaped key is named. The file is read back before it is kept.

    Example: nas convert efficientvit_b1.safetensors --to authors --out b1.safetensors
    """
    from nas.deploy import Source
    from nas.deploy.exporting import export
    from nas.deploy.to_safetensors import SafetensorsExporter
    from supernet.naming import FORMATS

    if to not in FORMATS:
        raise UserError(f"--to: unknown naming {to!r}{did_you_mean(to, FORMATS)}; known: {', '.join(FORMATS)}")
    if out.suffix != ".safetensors":
        raise UserError(f"--out: {out} has to end in .safetensors")
    with stderr.status("reading, converting and reading back"):
        found = _read(file, arch)
        report = export(Source.of_network(found.network()), out, SafetensorsExporter(naming=to))
    for note in found.notes:
        stderr.print(note, style="yellow", highlight=False, markup=False)
    tell(
        f"{report.path}: {arch_name(found.arch)}, {len(found.state)} tensors, {report.bytes / 1e6:.1f} MB, "
        f"names from {found.naming} to {to}"
    )


def _read(file: Path, arch_text: str | None) -> "Converted":
    """The checkpoint of the architecture named, stored in the file, or recognised by its keys."""
    from supernet import convert as under_own_names
    from supernet import recognise
    from supernet.converters import stored_arch

    arch = find_arch(arch_text) if arch_text is not None else stored_arch(file)
    return under_own_names(file, arch) if arch is not None else recognise(file, PUBLISHED)[1]
