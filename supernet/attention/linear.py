"""Multi-scale ReLU linear attention (MIT EfficientViT, arXiv 2205.14756, section 3.1)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from search_space import LinearAttention
from supernet.coordinates import Coordinates
from supernet.layers import ConvUnit


class LinearAttentionBlock(nn.Module):
    """ReLU linear attention over the raw tokens and one aggregated copy per scale; (B, C, H, W) to the same.

    Products and the division run in float32 whatever the input type, with keys scaled by 1 / tokens so that no sum
    leaves the range of half precision; the scale cancels in the division.
    """

    def __init__(
        self, config: LinearAttention, width: int, *, activation: str, norm_eps: float, attention_eps: float
    ) -> None:
        super().__init__()
        del activation  # the kernel function is ReLU; nothing else is activated
        inner = config.heads * config.head_dim
        self.config, self.eps = config, attention_eps
        self.qkv = nn.Conv2d(width, 3 * inner, 1, bias=False)
        self.aggregate = nn.ModuleDict(
            {
                str(scale): nn.Sequential(
                    nn.Conv2d(3 * inner, 3 * inner, scale, padding=scale // 2, groups=3 * inner, bias=False),
                    nn.Conv2d(3 * inner, 3 * inner, 1, groups=3 * config.heads, bias=False),
                )
                for scale in config.scales
            }
        )
        branches = 1 + len(config.scales)
        self.proj = ConvUnit(inner * branches, width, norm_eps=norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving; the residual connection is outside."""
        batch, _, height, width = x_BCHW.shape
        qkv = self.qkv(x_BCHW)
        branches = torch.cat([qkv, *(branch(qkv) for branch in self.aggregate.values())], dim=1)
        heads = branches.reshape(batch, -1, 3 * self.config.head_dim, height * width)
        q, k, v = heads.split(self.config.head_dim, dim=2)
        if torch.is_autocast_enabled(x_BCHW.device.type):
            with torch.autocast(x_BCHW.device.type, enabled=False):
                out = relu_attention(q, k, v, self.eps)
        else:
            out = relu_attention(q, k, v, self.eps)
        return self.proj(out.reshape(batch, -1, height, width))

    def coordinates(self) -> Coordinates:
        """Rows of q, k, v by (head, part, channel); projection columns by (branch, head, channel)."""
        heads, dim, scales = self.config.heads, self.config.head_dim, self.config.scales
        rows = tuple((h, part, i) for h in range(heads) for part in range(3) for i in range(dim))
        columns = tuple((s, h, i) for s in (0, *scales) for h in range(heads) for i in range(dim))
        width = range(self.qkv.in_channels)
        found: Coordinates = {"qkv.weight": (rows, width, range(1), range(1))}
        for scale in scales:
            offsets = range(-(scale // 2), scale // 2 + 1)
            found[f"aggregate.{scale}.0.weight"] = (rows, range(1), offsets, offsets)
            found[f"aggregate.{scale}.1.weight"] = (rows, range(dim), range(1), range(1))
        found["proj.conv.weight"] = (width, columns, range(1), range(1))
        found["proj.norm.weight"] = found["proj.norm.bias"] = (width,)
        return found


def relu_attention(q: Tensor, k: Tensor, v: Tensor, eps: float) -> Tensor:
    """ReLU attention of (B, groups, d, N) tensors: linear in N when N > d, else its quadratic twin; same result.

    out = v (relu(k)^T relu(q)) / (1^T relu(k)^T relu(q) + eps), equation 1 of arXiv 2205.14756.
    """
    dtype, tokens, dim = q.dtype, q.shape[-1], q.shape[-2]
    q, k, v = F.relu(q).float(), F.relu(k).float() * (1.0 / tokens), v.float()
    if tokens > dim:
        context = F.pad(v, (0, 0, 0, 1), value=1.0) @ k.transpose(-1, -2)
        out = context @ q
        out = out[..., :-1, :] / _positive(out[..., -1:, :], eps, tokens)
    else:
        scores = k.transpose(-1, -2) @ q
        out = v @ (scores / _positive(scores.sum(dim=-2, keepdim=True), eps, tokens))
    return out.to(dtype)


def _positive(total: Tensor, eps: float, tokens: int) -> Tensor:
    """`total + eps / tokens` for a non-negative `total`.

    ONNX optimisers drop additions below 1e-8 as nothing, and a query that ReLU sets to zero throughout would then
    give 0 / 0. An epsilon below float32's resolution of ordinary sums therefore becomes the lower limit; a larger one
    is added before the division by the tokens makes it small.
    """
    return total.clamp(min=eps / tokens) if eps < 1e-7 else (total * tokens + eps) / tokens
