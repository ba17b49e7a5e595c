"""A light augmentation that keeps digits readable."""

import torch
import torch.nn.functional as F
from torch import Tensor


def augment(images_BCHW: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10 degrees, scaled by up to 10 % and moved by up to 8 % of its size.

    What comes in at the edges is the image's smallest value.
    """
    count, device = len(images_BCHW), images_BCHW.device
    angle, scale, dx, dy = (torch.rand(4, count, generator=generator) * 2 - 1).unbind()
    angle, scale = angle * torch.pi / 18, 1 + 0.1 * scale
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack([cos, -sin, 0.16 * dx, sin, cos, 0.16 * dy], dim=1).reshape(count, 2, 3).to(device)
    floor = images_BCHW.amin(dim=(1, 2, 3), keepdim=True)
    grid = F.affine_grid(theta, list(images_BCHW.shape), align_corners=False)
    return F.grid_sample(images_BCHW - floor, grid, align_corners=False) + floor
