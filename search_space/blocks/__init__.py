"""Blocks, which keep the shape of their map: settings, search choices and cost of each, without torch.

The torch module of each is in the `supernet.blocks` file of the same name.
"""

from search_space.blocks.dsconv import DSConv, DSConvChoices
from search_space.blocks.evit import EViT, EViTChoices
from search_space.blocks.faster import Faster, FasterChoices
from search_space.blocks.fused_mbconv import FusedMBConv, FusedMBConvChoices
from search_space.blocks.mbconv import MBConv, MBConvChoices
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.blocks.resblock import ResBlock, ResBlockChoices
from search_space.blocks.sandwich import Sandwich, SandwichChoices

BLOCKS: dict[str, type[BlockConfig]] = {
    "dsconv": DSConv,
    "resblock": ResBlock,
    "mbconv": MBConv,
    "fused_mbconv": FusedMBConv,
    "evit": EViT,
    "sandwich": Sandwich,
    "faster": Faster,
}

__all__ = [
    "BLOCKS",
    "BlockChoices",
    "BlockConfig",
    "DSConv",
    "DSConvChoices",
    "EViT",
    "EViTChoices",
    "Faster",
    "FasterChoices",
    "FusedMBConv",
    "FusedMBConvChoices",
    "MBConv",
    "MBConvChoices",
    "ResBlock",
    "ResBlockChoices",
    "Sandwich",
    "SandwichChoices",
]
