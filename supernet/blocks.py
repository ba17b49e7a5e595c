"""Every operator as a plain module, written once: downsamples, blocks and heads, built from an `OperatorSpec`."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from search_space import MitHead, OperatorSpec, SegHead
from search_space.operators import squeeze_width
from supernet.attention import build_attention
from supernet.layers import ACTIVATIONS, ConvUnit, Residual


class MBConv(nn.Module):
    """1x1 expand, depthwise, 1x1 project (MIT EfficientViT); `lean` keeps the last norm only."""

    def __init__(self, op: OperatorSpec, *, zero_gamma: bool) -> None:
        super().__init__()
        mid, lean, eps = op.in_channels * op.expand, op.fewer_norm, op.norm_eps
        self.expand = ConvUnit(op.in_channels, mid, norm=not lean, bias=lean, activation=op.activation, norm_eps=eps)
        self.depthwise = ConvUnit(
            mid,
            mid,
            op.kernel,
            stride=op.stride,
            groups=mid,
            norm=not lean,
            bias=lean,
            activation=op.activation,
            norm_eps=eps,
        )
        self.project = ConvUnit(mid, op.out_channels, norm_eps=eps, zero_gamma=zero_gamma)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        out: Tensor = self.project(self.depthwise(self.expand(x_BCHW)))
        return out


class FusedMBConv(nn.Module):
    """Dense k x k expand, 1x1 project (MIT EfficientViT L)."""

    def __init__(self, op: OperatorSpec, *, zero_gamma: bool) -> None:
        super().__init__()
        mid, lean, eps = op.in_channels * op.expand, op.fewer_norm, op.norm_eps
        self.expand = ConvUnit(
            op.in_channels,
            mid,
            op.kernel,
            stride=op.stride,
            norm=not lean,
            bias=lean,
            activation=op.activation,
            norm_eps=eps,
        )
        self.project = ConvUnit(mid, op.out_channels, norm_eps=eps, zero_gamma=zero_gamma)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        out: Tensor = self.project(self.expand(x_BCHW))
        return out


class DSConv(nn.Module):
    """Depthwise, 1x1 (MIT EfficientViT B, first level)."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        lean, n = op.fewer_norm, op.in_channels
        self.depthwise = ConvUnit(
            n, n, op.kernel, groups=n, norm=not lean, bias=lean, activation=op.activation, norm_eps=op.norm_eps
        )
        self.project = ConvUnit(n, op.out_channels, norm_eps=op.norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        out: Tensor = self.project(self.depthwise(x_BCHW))
        return out


class ResBlock(nn.Module):
    """Two dense convolutions (MIT EfficientViT L, first level)."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        lean, n = op.fewer_norm, op.in_channels
        self.conv1 = ConvUnit(
            n, n, op.kernel, norm=not lean, bias=lean, activation=op.activation, norm_eps=op.norm_eps
        )
        self.conv2 = ConvUnit(n, n, op.kernel, norm_eps=op.norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        out: Tensor = self.conv2(self.conv1(x_BCHW))
        return out


class EViTBlock(nn.Module):
    """x + attention(x), then x + MBConv(x) (arXiv 2205.14756, figure 5); without attention an MBConv block."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        self.attention = _attention(op)
        self.local = MBConv(op, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        if self.attention is not None:
            x_BCHW = x_BCHW + self.attention(x_BCHW)
        return x_BCHW + self.local(x_BCHW)


class FeedForward(nn.Module):
    """1x1 up, activation, 1x1 down."""

    def __init__(self, width: int, ratio: int, op: OperatorSpec, *, zero_gamma: bool) -> None:
        super().__init__()
        self.pw1 = ConvUnit(width, width * ratio, activation=op.activation, norm_eps=op.norm_eps)
        self.pw2 = ConvUnit(width * ratio, width, norm_eps=op.norm_eps, zero_gamma=zero_gamma)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        out: Tensor = self.pw2(self.pw1(x_BCHW))
        return out


def _depthwise(width: int, kernel: int, op: OperatorSpec, *, zero_gamma: bool) -> ConvUnit:
    return ConvUnit(width, width, kernel, groups=width, norm_eps=op.norm_eps, zero_gamma=zero_gamma)


class Sandwich(nn.Module):
    """Depthwise, FFN, attention, depthwise, FFN, each with a shortcut (arXiv 2305.07027, figure 6)."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        n = op.in_channels
        self.dw0 = _depthwise(n, op.kernel, op, zero_gamma=True)
        self.ffn0 = FeedForward(n, op.expand, op, zero_gamma=True)
        self.attention = _attention(op)
        self.dw1 = _depthwise(n, op.kernel, op, zero_gamma=True)
        self.ffn1 = FeedForward(n, op.expand, op, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        x_BCHW = x_BCHW + self.dw0(x_BCHW)
        x_BCHW = x_BCHW + self.ffn0(x_BCHW)
        if self.attention is not None:
            x_BCHW = x_BCHW + self.attention(x_BCHW)
        x_BCHW = x_BCHW + self.dw1(x_BCHW)
        return x_BCHW + self.ffn1(x_BCHW)


class SqueezeExcite(nn.Module):
    """Channel gates from the global mean."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, squeeze_width(width), 1)
        self.fc2 = nn.Conv2d(squeeze_width(width), width, 1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        gates = self.fc2(F.relu(self.fc1(x_BCHW.mean(dim=(2, 3), keepdim=True))))
        return x_BCHW * gates.sigmoid()


class SEMerge(nn.Module):
    """Microsoft EfficientViT's subsample: residual pair, inverted bottleneck with squeeze-excite, residual pair."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        n, mid, out, eps = op.in_channels, op.in_channels * op.expand, op.out_channels, op.norm_eps
        self.dw0 = _depthwise(n, 3, op, zero_gamma=False)
        self.ffn0 = FeedForward(n, 2, op, zero_gamma=False)
        self.conv1 = ConvUnit(n, mid, activation=op.activation, norm_eps=eps)
        self.conv2 = ConvUnit(mid, mid, 3, stride=2, groups=mid, activation=op.activation, norm_eps=eps)
        self.se = SqueezeExcite(mid)
        self.conv3 = ConvUnit(mid, out, norm_eps=eps)
        self.dw1 = _depthwise(out, 3, op, zero_gamma=False)
        self.ffn1 = FeedForward(out, 2, op, zero_gamma=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / 2), ceil(W / 2))."""
        x_BCHW = x_BCHW + self.dw0(x_BCHW)
        x_BCHW = x_BCHW + self.ffn0(x_BCHW)
        x_BCHW = self.conv3(self.se(self.conv2(self.conv1(x_BCHW))))
        x_BCHW = x_BCHW + self.dw1(x_BCHW)
        return x_BCHW + self.ffn1(x_BCHW)


class MitClassifier(nn.Module):
    """1x1 conv, mean over the map, linear, layer norm, activation, linear (MIT EfficientViT)."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        assert isinstance(op.head, MitHead)
        first, second = op.head.widths
        conv_eps = op.norm_eps if op.head.conv_norm_eps is None else op.head.conv_norm_eps
        self.in_conv = ConvUnit(op.in_channels, first, activation=op.activation, norm_eps=conv_eps)
        self.linear = nn.Linear(first, second, bias=False)
        self.norm = nn.LayerNorm(second, eps=op.norm_eps)
        self.classify = nn.Linear(second, op.head.classes)
        self.activation = op.activation

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, classes)."""
        hidden = self.norm(self.linear(self.in_conv(x_BCHW).mean(dim=(2, 3))))
        logits: Tensor = self.classify(ACTIVATIONS[self.activation](hidden))
        return logits


class NormLinearClassifier(nn.Module):
    """Mean over the map, batch norm, linear (Microsoft EfficientViT)."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        self.norm: nn.BatchNorm1d | None = nn.BatchNorm1d(op.in_channels, eps=op.norm_eps)
        self.classify = nn.Linear(op.in_channels, op.out_channels)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, classes)."""
        pooled = x_BCHW.mean(dim=(2, 3))
        logits: Tensor = self.classify(self.norm(pooled) if self.norm is not None else pooled)
        return logits


class Segmenter(nn.Module):
    """Levels at strides 32, 16, 8 summed at stride 8 (bicubic), residual blocks, classes per pixel."""

    def __init__(self, op: OperatorSpec) -> None:
        super().__init__()
        head = op.head
        assert isinstance(head, SegHead)
        eps = op.norm_eps
        self.inputs = nn.ModuleList(ConvUnit(c, head.width, norm_eps=eps) for c, _, _ in op.inputs)
        _, height, width = op.inputs[-1]
        block = OperatorSpec(
            kind=head.block,
            inputs=((head.width, height, width),),
            out_channels=head.width,
            expand=head.expand,
            activation=op.activation,
            norm_eps=eps,
        )
        make = MBConv if head.block == "mbconv" else FusedMBConv
        self.middle = nn.ModuleList(Residual(make(block, zero_gamma=True)) for _ in range(head.depth))
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


def _attention(op: OperatorSpec) -> nn.Module | None:
    if op.attention is None:
        return None
    return build_attention(
        op.attention,
        op.in_channels,
        activation=op.activation,
        norm_eps=op.norm_eps,
        attention_eps=op.attention_eps,
    )


def _stem(op: OperatorSpec) -> nn.Module:
    activation = "none" if op.kind == "conv_linear_downsample" else op.activation
    return ConvUnit(op.in_channels, op.out_channels, 3, stride=op.stride, activation=activation, norm_eps=op.norm_eps)


_BUILDERS: dict[str, Callable[[OperatorSpec], nn.Module]] = {
    "conv_downsample": _stem,
    "conv_linear_downsample": _stem,
    "mbconv_downsample": lambda op: MBConv(op, zero_gamma=False),
    "fused_mbconv_downsample": lambda op: FusedMBConv(op, zero_gamma=False),
    "se_merge_downsample": SEMerge,
    "dsconv": lambda op: Residual(DSConv(op)),
    "resblock": lambda op: Residual(ResBlock(op)),
    "mbconv": EViTBlock,
    "fused_mbconv": lambda op: Residual(FusedMBConv(op, zero_gamma=True)),
    "evit": EViTBlock,
    "sandwich": Sandwich,
    "mit_head": MitClassifier,
    "norm_linear_head": NormLinearClassifier,
    "seg_head": Segmenter,
}


def build_operator(op: OperatorSpec) -> nn.Module:
    """The module of one operator, parameters as torch leaves them (see `layers.initialise`)."""
    return _BUILDERS[op.kind](op)
