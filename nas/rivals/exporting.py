"""Models of timm to deploy: their weights, the size of their images, and what they expect of those."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from nas.deploy import Source
from nas.errors import UserError
from nas.rivals.zoo import check_tag, create, deployed, load_weights
from nas.units import parse_resolution

if TYPE_CHECKING:
    from torch import nn

HUB = "https://huggingface.co/timm"


def zoo_source(model: "nn.Module", side: int, *, batch: int, precision: str, seed: int) -> Source:
    """A model of timm in the form in which it is measured, branches of training merged."""
    import torch

    images = torch.randn((1, 3, side, side), generator=torch.Generator().manual_seed(seed))
    shape = (batch, 3, side, side)
    return Source(module=deployed(model, images), reference=model, shape=shape, precision=precision, seed=seed)


def zoo_model(tag: str, side: int, *, weights: Path | None, random: bool, seed: int) -> "nn.Module":
    """The model with random weights, those of a file, or those that timm downloads.

    Raises:
        UserError: there is no such model, or its weights cannot be had.
    """
    if not random and weights is None:
        return downloaded(tag, side)
    model = create(tag, side, seed=seed)
    if weights is not None:
        load_weights(model, weights)
    return model


def square_side(tag: str, resolution: str | None) -> int:
    """Height and width of the images: those asked for, or those of the tag.

    Raises:
        UserError: there is no such tag, or the resolution is no square.
    """
    config = check_tag(tag)
    if resolution is None:
        return int(config.input_size[-1])
    height, width = parse_resolution(resolution)
    if height != width:
        raise UserError(f"--resolution {resolution}: models of timm are exported for square images")
    return height


def downloaded(tag: str, side: int) -> "nn.Module":
    """The model with the weights that timm downloads.

    Raises:
        UserError: they cannot be had; says where they are and what else can be done.
    """
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


def images_expected(tag: str) -> str:
    """What the network expects of its images, in words."""
    config = check_tag(tag)
    mean, std = (", ".join(f"{value:.3g}" for value in values) for values in (config.mean, config.std))
    return (
        f"RGB, from 0 to 1, minus ({mean}), divided by ({std}); {config.interpolation}, "
        f"centre crop of {config.test_crop_pct or config.crop_pct:.3g}"
    )
