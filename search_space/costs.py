"""What one network part costs: multiply-adds, parameters, tensors moved and kernels launched.

Counts follow the convention of both EfficientViT papers: a multiply-add counts once; convolutions, linear layers
and attention products count, normalisation, activations and resizing do not.
"""

from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter

import numpy as np

# Activation functions that cost a few operations an element; ReLU costs a comparison, which runtimes fuse away.
SMOOTH_ACTIVATIONS = ("hswish", "gelu_tanh")
ALIGNMENT = 16  # float32 lanes of AVX-512: ONNX Runtime's blocked layout wants multiples, others run slower


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Additive costs at batch 1; elements are tensor entries (multiply by the bytes of the precision)."""

    macs_dense: int = 0  # k x k convolutions over all channels
    macs_pointwise: int = 0  # 1 x 1 convolutions and linear layers
    macs_grouped: int = 0  # depthwise and grouped convolutions
    macs_attention: int = 0  # products inside attention
    parameters: int = 0  # trainable, before batch-norm folding
    weights: int = 0  # elements after batch-norm folding
    activations: int = 0  # elements read and written by convolutions, linear layers and attention products
    kernels: int = 0  # convolutions and linear layers after folding
    attention_kernels: int = 0  # products, softmax, normalisation and layout changes inside attention
    attention_elements: int = 0  # read and written by products inside attention
    softmax_elements: int = 0
    cascade_steps: int = 0  # attention heads that wait for another head
    grouped_kernels: int = 0  # depthwise and grouped convolutions among `kernels`
    grouped_activations: int = 0  # elements that those read and write
    mixing_kernels: int = 0  # grouped convolutions that are not depthwise
    unaligned_kernels: int = 0  # convolutions whose channels do not fill vectors of `ALIGNMENT`
    unaligned_macs: int = 0
    padded_elements: int = 0  # tensor entries that fill maps up to whole attention windows
    smooth_elements: int = 0  # tensor entries that pass one of `SMOOTH_ACTIVATIONS`
    linear_blocks: int = 0
    cascaded_blocks: int = 0

    @property
    def macs(self) -> int:
        """Multiply-adds of every kind, those of attention products among them."""
        return self.macs_dense + self.macs_pointwise + self.macs_grouped + self.macs_attention

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(**{name: getattr(self, name) + getattr(other, name) for name in COST_FIELDS})

    def vector(self) -> np.ndarray:
        """The fields in the order of `COST_FIELDS`, shape (len(COST_FIELDS),), float64."""
        return np.array(_values(self), dtype=np.float64)


COST_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Cost))
_values = attrgetter(*COST_FIELDS)


def total(*costs: Cost) -> Cost:
    """The sum of costs, field by field."""
    return Cost(**dict(zip(COST_FIELDS, map(sum, zip(*map(_values, costs), strict=True)), strict=True)))


def out_size(size: int, stride: int) -> int:
    """Output length of a 'same' convolution or of a patch embedding that pads: ceil(size / stride)."""
    return (size - 1) // stride + 1


@cache
def conv(
    in_channels: int,
    out_channels: int,
    kernel: int,
    height: int,
    width: int,
    *,
    stride: int = 1,
    groups: int = 1,
    norm: bool = True,
    bias: bool = False,
    activation: str = "none",
) -> Cost:
    """A convolution on an (in_channels, height, width) input, with its batch norm when `norm`, and its activation."""
    out_elements = out_channels * out_size(height, stride) * out_size(width, stride)
    weights = out_channels * (in_channels // groups) * kernel * kernel
    macs = out_elements * (in_channels // groups) * kernel * kernel
    traffic = in_channels * height * width + out_elements
    unaligned = bool(in_channels % ALIGNMENT or out_channels % ALIGNMENT)
    kind = "macs_grouped" if groups > 1 else "macs_pointwise" if kernel == 1 else "macs_dense"
    return Cost(
        **{kind: macs},
        parameters=weights + out_channels * (bias + 2 * norm),
        weights=weights + out_channels * (bias or norm),
        activations=traffic,
        kernels=1,
        grouped_kernels=int(groups > 1),
        grouped_activations=traffic * (groups > 1),
        mixing_kernels=int(1 < groups < in_channels),
        unaligned_kernels=int(unaligned),
        unaligned_macs=macs * unaligned,
        smooth_elements=out_elements * (activation in SMOOTH_ACTIVATIONS),
    )


def linear(in_features: int, out_features: int, *, bias: bool = True) -> Cost:
    """A fully connected layer on one vector."""
    weights = in_features * out_features
    return Cost(
        macs_pointwise=weights,
        parameters=weights + out_features * bias,
        weights=weights + out_features * bias,
        activations=in_features + out_features,
        kernels=1,
    )


def inverted_bottleneck(
    shape: tuple[int, int, int],
    out_channels: int,
    expand: int,
    kernel: int,
    *,
    stride: int = 1,
    activation: str,
    fewer_norm: bool,
) -> Cost:
    """1x1 expansion, depthwise convolution, 1x1 projection; `fewer_norm` keeps the last batch norm only."""
    (n, h, w), mid, lean = shape, shape[0] * expand, fewer_norm
    return total(
        conv(n, mid, 1, h, w, norm=not lean, bias=lean, activation=activation),
        conv(mid, mid, kernel, h, w, stride=stride, groups=mid, norm=not lean, bias=lean, activation=activation),
        conv(mid, out_channels, 1, out_size(h, stride), out_size(w, stride)),
    )


def fused_bottleneck(
    shape: tuple[int, int, int],
    out_channels: int,
    expand: int,
    kernel: int,
    *,
    stride: int = 1,
    activation: str,
    fewer_norm: bool,
) -> Cost:
    """Dense convolution that expands, 1x1 projection; `fewer_norm` keeps the last batch norm only."""
    (n, h, w), mid, lean = shape, shape[0] * expand, fewer_norm
    return total(
        conv(n, mid, kernel, h, w, stride=stride, norm=not lean, bias=lean, activation=activation),
        conv(mid, out_channels, 1, out_size(h, stride), out_size(w, stride)),
    )


def mixing_pair(shape: tuple[int, int, int], kernel: int, ratio: int, activation: str) -> Cost:
    """Residual depthwise convolution and residual feed-forward network."""
    n, h, w = shape
    return total(
        conv(n, n, kernel, h, w, groups=n),
        conv(n, n * ratio, 1, h, w, activation=activation),
        conv(n * ratio, n, 1, h, w),
    )


def squeeze_excite(channels: int) -> Cost:
    """Two 1x1 convolutions of the mean over the map, whose result gates the channels."""
    squeezed = squeeze_width(channels)
    return total(
        conv(channels, squeezed, 1, 1, 1, norm=False, bias=True),
        conv(squeezed, channels, 1, 1, 1, norm=False, bias=True),
    )


def squeeze_width(channels: int) -> int:
    """Channels inside squeeze-and-excitation: a quarter, rounded to a multiple of 8 (timm's rule)."""
    quarter = channels / 4
    rounded = max(8, int(quarter + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * quarter else rounded


def product(batch: int, rows: int, inner: int, columns: int) -> Cost:
    """`batch` matrix products of (rows, inner) by (inner, columns) inside attention."""
    elements = batch * (rows * inner + inner * columns + rows * columns)
    return Cost(
        macs_attention=batch * rows * inner * columns,
        activations=elements,
        attention_elements=elements,
        attention_kernels=1,
    )
