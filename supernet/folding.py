"""Batch-norm folding: the same function with fewer layers, for export and measuring."""

import copy
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from supernet.layers import ConvUnit

M = TypeVar("M", bound=nn.Module)


@torch.no_grad()
def fold_batch_norms(module: M) -> M:
    """A copy of `module` in evaluation mode with every batch norm folded into its neighbour.

    A part with batch norms outside of `ConvUnit` folds them in its method `fold_own_norm`.
    """
    folded = copy.deepcopy(module).eval()
    for part in folded.modules():
        if isinstance(part, ConvUnit) and part.norm is not None:
            part.conv, part.norm = fuse_conv_bn_eval(part.conv, part.norm), None
        elif callable(own := getattr(part, "fold_own_norm", None)):
            own()
    return folded
