"""`nas export timm:TAG`: a pretrained model of timm as a checked file, in the form in which it was measured."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from nas.cli.console import stderr, stdout
from nas.deploy import EXPORTERS, Source
from nas.errors import UserError
from nas.units import parse_resolution

if TYPE_CHECKING:
    from torch import nn

    from nas.cli.export import ExportRequest
    from nas.deploy import Exporter

PREFIX = "timm:"
HUB = "https://huggingface.co/timm"


def export_zoo_command(request: "ExportRequest", exporter: "Exporter") -> None:
    """Build, load the weights, merge the branches of training, export, check."""
    if request.random and request.weights is not None:
        raise UserError("--random and --weights exclude each other")
    if request.supernet is not None or not exporter.takes_modules:
        able = ", ".join(name for name, found in EXPORTERS.items() if found.takes_modules)
        raise UserError(f"{request.arch}: models of timm go to {able}, with their own weights or --weights FILE")
    import torch

    from nas.deploy.exporting import export
    from nas.rivals.zoo import deployed

    tag = request.arch.removeprefix(PREFIX)
    side = _side(tag, request.resolution)
    with stderr.status("exporting and checking"):
        model = _model(request, tag, side)
        images = torch.randn((1, 3, side, side), generator=torch.Generator().manual_seed(request.seed))
        source = Source(
            module=deployed(model, images),
            reference=model,
            shape=(request.batch, 3, side, side),
            precision=request.precision,
            seed=request.seed,
        )
        report = export(source, request.out or Path(f"{tag}-{side}{exporter.suffix}"), exporter)
    origin = "random weights" if request.random else f"weights of {request.weights or f'{HUB}/{tag}'}"
    stdout.print(
        f"{report.path}: input {'x'.join(map(str, report.input_shape))}, {report.bytes / 1e6:.1f} MB, {origin}; "
        f"{exporter.describe_check(report)}",
        soft_wrap=True,
        highlight=False,
    )
    stdout.print(f"images: {_images(tag)}", soft_wrap=True, highlight=False)


def _model(request: "ExportRequest", tag: str, side: int) -> "nn.Module":
    """The model with random weights, those of a file, or those that timm downloads."""
    from nas.rivals.zoo import create, load_weights

    if not request.random and request.weights is None:
        return _pretrained(tag, side)
    model = create(tag, side, seed=request.seed)
    if request.weights is not None:
        load_weights(model, request.weights)
    return model


def _side(tag: str, resolution: str | None) -> int:
    from nas.rivals.zoo import check_tag

    config = check_tag(tag)
    if resolution is None:
        return int(config.input_size[-1])
    height, width = parse_resolution(resolution)
    if height != width:
        raise UserError(f"--resolution {resolution}: models of timm are exported for square images")
    return height


def _pretrained(tag: str, side: int) -> "nn.Module":
    """The model with the weights that timm downloads.

    Raises:
        UserError: they cannot be had; says where they are and what else can be done.
    """
    from nas.rivals.zoo import create

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of every retry
    try:
        return create(tag, side, pretrained=True)
    except UserError:
        raise
    except Exception as error:  # those of the hub's client, of its http library and of timm share no base class
        raise UserError(
            f"the weights of {tag} cannot be downloaded ({type(error).__name__}); get {HUB}/{tag}/resolve/main/"
            "model.safetensors where there is a connection and give it with --weights, or use --random"
        ) from None


def _images(tag: str) -> str:
    """What the network expects of its images, in words."""
    from nas.rivals.zoo import check_tag

    config = check_tag(tag)
    mean, std = (", ".join(f"{value:.3g}" for value in values) for values in (config.mean, config.std))
    return (
        f"RGB, from 0 to 1, minus ({mean}), divided by ({std}); {config.interpolation}, "
        f"centre crop of {config.test_crop_pct or config.crop_pct:.3g}"
    )
