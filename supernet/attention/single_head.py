"""Single-head attention over part of the channels (SHViT, arXiv 2401.16456, section 3.2)."""

import torch
from torch import Tensor, nn

from search_space.attention import SingleHeadAttention
from supernet.coordinates import Coordinates, coordinates
from supernet.layers import ACTIVATIONS, ConvUnit


class SingleHeadBlock(nn.Module):
    """Softmax attention of one head over the whole map; (B, C, H, W) to the same at any H and W."""

    def __init__(
        self, config: SingleHeadAttention, width: int, *, activation: str, norm_eps: float, attention_eps: float
    ) -> None:
        super().__init__()
        del attention_eps  # softmax needs none
        self.config, self.activation = config, activation
        self.parts = (config.key_dim, config.key_dim, config.channels)
        self.norm = nn.GroupNorm(1, config.channels, eps=norm_eps)
        self.qkv = ConvUnit(config.channels, sum(self.parts), norm_eps=norm_eps)
        self.proj = ConvUnit(width, width, norm_eps=norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving; the residual connection is outside."""
        attended, passed = x_BCHW.split((self.config.channels, x_BCHW.shape[1] - self.config.channels), dim=1)
        q, k, v = (part.flatten(2) for part in self.qkv(self.norm(attended)).split(self.parts, dim=1))
        scores = (q.transpose(-1, -2) @ k * self.config.key_dim**-0.5).softmax(dim=-1)
        out = (v @ scores.transpose(-1, -2)).reshape(attended.shape)
        merged: Tensor = self.proj(ACTIVATIONS[self.activation](torch.cat([out, passed], dim=1)))
        return merged

    def coordinates(self) -> Coordinates:
        """Rows of q, k, v by (part, channel); all else leading."""
        rows = tuple((part, i) for part, size in enumerate(self.parts) for i in range(size))
        found = coordinates(self, own=False)
        found["qkv.conv.weight"] = (rows, range(self.config.channels), range(1), range(1))
        found["qkv.norm.weight"] = found["qkv.norm.bias"] = (rows,)
        return found
