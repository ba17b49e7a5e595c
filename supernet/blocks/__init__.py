"""Blocks as torch modules: name -> what builds it; settings and costs are in `search_space.blocks`."""

from typing import Any, Protocol

from torch import nn

from search_space import OperatorSpec
from supernet.blocks.dsconv import dsconv
from supernet.blocks.evit import EViTBlock
from supernet.blocks.faster import FasterBlock
from supernet.blocks.fused_mbconv import fused_mbconv
from supernet.blocks.resblock import resblock
from supernet.blocks.sandwich import SandwichBlock


class MakeBlock(Protocol):
    """Builds the module of one type of block, as the class of the module does."""

    def __call__(self, config: Any, op: OperatorSpec, /) -> nn.Module:
        """Shape-preserving on maps of `op.in_channels` channels, its shortcut inside."""
        ...


BLOCKS: dict[str, MakeBlock] = {
    "dsconv": dsconv,
    "resblock": resblock,
    "mbconv": EViTBlock,
    "fused_mbconv": fused_mbconv,
    "evit": EViTBlock,
    "sandwich": SandwichBlock,
    "faster": FasterBlock,
}
