"""Cascaded group attention (Microsoft EfficientViT, arXiv 2305.07027, section 3.2)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from search_space import CascadedGroupAttention
from supernet.coordinates import Coordinates, coordinates
from supernet.layers import ACTIVATIONS, ConvUnit


class CascadedGroupAttentionBlock(nn.Module):
    """Windowed softmax attention whose heads feed one another; (B, C, H, W) to the same at any H and W.

    Maps are padded with zeros at the right and the bottom to whole windows; a map smaller than the window is one
    window of its own size, with the bias table cropped.
    """

    def __init__(
        self,
        config: CascadedGroupAttention,
        width: int,
        *,
        activation: str,
        norm_eps: float,
        attention_eps: float,
    ) -> None:
        super().__init__()
        del attention_eps  # softmax needs none
        self.config, self.value_dim, self.activation = config, width // config.heads, activation
        rows = 2 * config.key_dim + self.value_dim
        self.qkvs = nn.ModuleList(ConvUnit(self.value_dim, rows, norm_eps=norm_eps) for _ in range(config.heads))
        self.dws = nn.ModuleList(
            ConvUnit(config.key_dim, config.key_dim, kernel, groups=config.key_dim, norm_eps=norm_eps)
            for kernel in config.query_kernels
        )
        self.proj = ConvUnit(width, width, norm_eps=norm_eps, zero_gamma=True)
        self.biases = nn.Parameter(torch.zeros(config.heads, config.window**2))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving; the residual connection is outside."""
        batch, channels, height, width = x_BCHW.shape
        side = min(self.config.window, max(height, width))
        bottom, right = -height % side, -width % side
        if bottom or right:
            x_BCHW = F.pad(x_BCHW, (0, right, 0, bottom))
        rows, columns = (height + bottom) // side, (width + right) // side
        whole = rows * columns == 1
        if not whole:
            x_BCHW = x_BCHW.reshape(batch, channels, rows, side, columns, side).permute(0, 2, 4, 1, 3, 5)
            x_BCHW = x_BCHW.reshape(batch * rows * columns, channels, side, side)
        x_BCHW = self._attend(x_BCHW, side)
        if not whole:
            x_BCHW = x_BCHW.reshape(batch, rows, columns, channels, side, side).permute(0, 3, 1, 4, 2, 5)
            x_BCHW = x_BCHW.reshape(batch, channels, rows * side, columns * side)
        return x_BCHW[:, :, :height, :width] if bottom or right else x_BCHW

    def _attend(self, x_BCSS: Tensor, side: int) -> Tensor:
        key_dim, value_dim = self.config.key_dim, self.value_dim
        table = self._table(side)
        outputs: list[Tensor] = []
        for head, slice_BDSS in enumerate(x_BCSS.chunk(self.config.heads, dim=1)):
            fed = slice_BDSS + outputs[-1] if outputs else slice_BDSS
            q, k, v = self.qkvs[head](fed).split((key_dim, key_dim, value_dim), dim=1)
            q = self.dws[head](q)
            scores = q.flatten(2).transpose(-1, -2) @ k.flatten(2) * key_dim**-0.5 + table[head]
            out = v.flatten(2) @ scores.softmax(dim=-1).transpose(-1, -2)
            outputs.append(out.reshape(fed.shape[0], value_dim, side, side))
        merged: Tensor = self.proj(ACTIVATIONS[self.activation](torch.cat(outputs, dim=1)))
        return merged

    def _table(self, side: int) -> Tensor:
        """Biases of every pair of positions, (heads, side^2, side^2), from those of the distances."""
        position = torch.arange(side, device=self.biases.device)
        distance = (position[:, None] - position[None, :]).abs()  # (side, side)
        index = distance[:, None, :, None] * self.config.window + distance[None, :, None, :]
        return self.biases[:, index.reshape(side**2, side**2)]

    def coordinates(self) -> Coordinates:
        """Rows of each head by (part, channel), biases by (rows apart, columns apart); all else leading."""
        key_dim, window = self.config.key_dim, self.config.window
        parts = ((0, key_dim), (1, key_dim), (2, self.value_dim))
        rows = tuple((part, i) for part, size in parts for i in range(size))
        found = coordinates(self, own=False)
        for head in range(self.config.heads):
            found[f"qkvs.{head}.conv.weight"] = (rows, range(self.value_dim), range(1), range(1))
            found[f"qkvs.{head}.norm.weight"] = found[f"qkvs.{head}.norm.bias"] = (rows,)
        distances = tuple((dy, dx) for dy in range(window) for dx in range(window))
        found["biases"] = (range(self.config.heads), distances)
        return found
