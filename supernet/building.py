"""Every operator as a plain module, by the registries of blocks, downsamples and heads."""

from collections.abc import Callable
from typing import Any

from torch import nn

from search_space import OperatorSpec
from supernet.blocks import BLOCKS
from supernet.downsamples import DOWNSAMPLES
from supernet.heads import HEADS

_ROLES: dict[str, dict[str, Any]] = {"block": BLOCKS, "downsample": DOWNSAMPLES, "head": HEADS}


def build_operator(op: OperatorSpec) -> nn.Module:
    """The module of one operator, parameters as torch leaves them (see `layers.initialise`)."""
    make: Callable[[Any, OperatorSpec], nn.Module] = _ROLES[op.part.role][op.part.type]
    return make(op.part, op)
