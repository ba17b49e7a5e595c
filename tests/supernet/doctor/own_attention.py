"""An attention type that the package does not have: one head of softmax attention over the whole map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

import search_space.attention
import supernet.attention
from search_space.attention import AttentionChoices, AttentionConfig
from search_space.checks import check_int
from search_space.costs import Cost, conv, product, total
from supernet.coordinates import Coordinates, coordinates
from supernet.layers import ConvUnit


@dataclass(frozen=True, kw_only=True)
class SingleHead(AttentionConfig):
    type: ClassVar[str] = "own_single_head"

    key_dim: int

    def __post_init__(self) -> None:
        check_int("key_dim", self.key_dim, low=1)

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        tokens = height * map_width
        return total(
            conv(width, 2 * self.key_dim + width, 1, height, map_width),
            product(1, tokens, self.key_dim, tokens),
            product(1, width, tokens, tokens),
            Cost(attention_kernels=2, softmax_elements=tokens * tokens),
            conv(width, width, 1, height, map_width),
        )


@dataclass(frozen=True, kw_only=True)
class SingleHeadChoices(AttentionChoices):
    type: ClassVar[str] = "own_single_head"
    nested_genes: ClassVar[tuple[str, ...]] = ("width",)

    key_dims: tuple[int, ...]

    def genes(self) -> dict[str, tuple[object, ...]]:
        return {"key_dim": self.key_dims}

    def decode(self, indices: Mapping[str, int], width: int) -> SingleHead:
        return SingleHead(key_dim=self.key_dims[indices["key_dim"]])


class SingleHeadBlock(nn.Module):
    def __init__(
        self, config: SingleHead, width: int, *, activation: str, norm_eps: float, attention_eps: float
    ) -> None:
        super().__init__()
        self.parts = (config.key_dim, config.key_dim, width)
        self.qkv = ConvUnit(width, sum(self.parts), norm_eps=norm_eps)
        self.proj = ConvUnit(width, width, norm_eps=norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        q, k, v = (part.flatten(2) for part in self.qkv(x_BCHW).split(self.parts, dim=1))
        scores = (q.transpose(1, 2) @ k * self.parts[0] ** -0.5).softmax(dim=-1)
        out: Tensor = self.proj((v @ scores.transpose(1, 2)).reshape(x_BCHW.shape))
        return out

    def coordinates(self) -> Coordinates:
        rows = tuple((part, i) for part, size in enumerate(self.parts) for i in range(size))
        found = coordinates(self, own=False)
        found["qkv.conv.weight"] = (rows, range(self.parts[2]), range(1), range(1))
        found["qkv.norm.weight"] = found["qkv.norm.bias"] = (rows,)
        return found


search_space.attention.ATTENTION["own_single_head"] = SingleHead
supernet.attention.ATTENTION["own_single_head"] = SingleHeadBlock
CHOICES = SingleHeadChoices(key_dims=(4, 8))
