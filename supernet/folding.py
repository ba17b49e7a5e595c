"""Batch-norm folding: the same function with fewer layers, for export and measuring."""

import copy
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from supernet.blocks import NormLinearClassifier
from supernet.layers import ConvUnit

M = TypeVar("M", bound=nn.Module)


@torch.no_grad()
def fold_batch_norms(module: M) -> M:
    """A copy of `module` in evaluation mode with every batch norm folded into its neighbour."""
    folded = copy.deepcopy(module).eval()
    for part in folded.modules():
        if isinstance(part, ConvUnit) and part.norm is not None:
            part.conv, part.norm = fuse_conv_bn_eval(part.conv, part.norm), None
        elif isinstance(part, NormLinearClassifier) and part.norm is not None:
            part.classify, part.norm = _fold_before(part.norm, part.classify), None
    return folded


def _fold_before(norm: nn.BatchNorm1d, linear: nn.Linear) -> nn.Linear:
    """Linear after batch norm: W (g (x - m) / s + b) + c = (W g / s) x + W (b - g m / s) + c."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    folded = nn.Linear(linear.in_features, linear.out_features)
    folded.weight.copy_(linear.weight * scale)
    folded.bias.copy_(linear.bias + linear.weight @ (norm.bias - scale * norm.running_mean))
    return folded
