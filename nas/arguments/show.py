"""Arguments of `nas devices`, `nas spaces`, `nas show`."""

from typing import Annotated

import typer

from nas.arguments.shared import ArchArgument, JsonOption, SpaceOption


def devices(
    everything: Annotated[
        bool, typer.Option("--all", help="What each device is, with its runtime and precision.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the known devices and where their latencies come from."""
    from nas.commands.show import devices_command

    devices_command(as_json=as_json, everything=everything)


def spaces(as_json: JsonOption = False) -> None:
    """List the search spaces: size, choices, published members."""
    from nas.commands.show import spaces_command

    spaces_command(as_json=as_json)


def show(
    arch: ArchArgument,
    resolution: Annotated[
        str | None, typer.Option("--resolution", help="Another input size: 256 or 1024x2048.")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="Also the latency on this device.")] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Confidence of the latency interval.")] = 0.9,
    space: SpaceOption = "efficientvit",
    as_json: JsonOption = False,
) -> None:
    """Show an architecture: levels, blocks, shapes, parameters, multiply-adds, latency.

    Example: nas show mit-b1 --device jetson
    """
    from nas.commands.show import show_command

    show_command(arch, resolution=resolution, device=device, confidence=confidence, space=space, as_json=as_json)
