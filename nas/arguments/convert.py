"""Arguments of `nas convert`."""

from pathlib import Path
from typing import Annotated

import typer


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
    from nas.commands.convert import convert_command

    convert_command(file, to=to, out=out, arch_text=arch)
