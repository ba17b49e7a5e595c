"""The segmentation head of MIT EfficientViT (arXiv 2205.14756, section 3.2)."""

import torch.nn.functional as F
from torch import Tensor, nn

from search_space import OperatorSpec, SegHead
from supernet.bottlenecks import FusedBottleneck, InvertedBottleneck
from supernet.layers import ConvUnit, Residual

_BODIES: dict[str, type[InvertedBottleneck] | type[FusedBottleneck]] = {
    "mbconv": InvertedBottleneck,
    "fused_mbconv": FusedBottleneck,
}


class Segmenter(nn.Module):
    """Levels at strides 32, 16, 8 summed at stride 8 (bicubic), residual blocks, classes per pixel."""

    def __init__(self, config: SegHead, op: OperatorSpec) -> None:
        super().__init__()
        head, eps = config, op.norm_eps
        self.inputs = nn.ModuleList(ConvUnit(c, head.width, norm_eps=eps) for c, _, _ in op.inputs)
        body = _BODIES[head.block]
        self.middle = nn.ModuleList(
            Residual(
                body(
                    head.width,
                    head.width,
                    expand=head.expand,
                    activation=op.activation,
                    norm_eps=eps,
                    zero_gamma=True,
                )
            )
            for _ in range(head.depth)
        )
        final = head.width * (head.final_expand or 1)
        self.final = (
            ConvUnit(head.width, final, activation=op.activation, norm_eps=eps) if head.final_expand else None
        )
        self.classify = nn.Conv2d(final, head.classes, 1)

    def forward(self, *features: Tensor) -> Tensor:
        """Maps at strides 32, 16 and 8 to logits (B, classes, H / 8, W / 8)."""
        size = features[-1].shape[-2:]
        maps = [unit(x) for unit, x in zip(self.inputs, features, strict=True)]
        x = sum(F.interpolate(m.float(), size=size, mode="bicubic").to(m.dtype) for m in maps[:-1]) + maps[-1]
        for block in self.middle:
            x = block(x)
        if self.final is not None:
            x = self.final(x)
        logits: Tensor = self.classify(x)
        return logits
