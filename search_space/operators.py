"""`OperatorSpec`: one block of a network with its shapes - what is built, measured and priced as a unit."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from search_space.arch import ArchConfig, LevelConfig, as_tuples, canonical_dict, checked_fields, typed_from_dict
from search_space.attention import ATTENTION, AttentionConfig
from search_space.costs import COST_FIELDS, Cost, conv, out_size, total
from search_space.heads import HEADS, Features, HeadConfig


@dataclass(frozen=True, kw_only=True)
class OperatorSpec:
    """A downsample op, a block or a head on fixed shapes.

    `inputs` holds (channels, height, width) of each input: one, except for heads that read several levels.
    """

    kind: str
    inputs: Features
    out_channels: int
    stride: int = 1
    expand: int = 1
    kernel: int = 3
    activation: str = "relu"
    fewer_norm: bool = False
    attention: AttentionConfig | None = None
    head: HeadConfig | None = None
    norm_eps: float = 1e-5
    attention_eps: float = 1e-15

    @property
    def in_channels(self) -> int:
        """Channels of the last input."""
        return self.inputs[-1][0]

    @property
    def height(self) -> int:
        """Rows of the last input."""
        return self.inputs[-1][1]

    @property
    def width(self) -> int:
        """Columns of the last input."""
        return self.inputs[-1][2]

    @property
    def output(self) -> tuple[int, int, int]:
        """(channels, height, width) that the operator returns; (classes, 1, 1) for a classification head."""
        if self.head is not None and not self.head.strides:
            return self.out_channels, 1, 1
        return self.out_channels, out_size(self.height, self.stride), out_size(self.width, self.stride)

    @cached_property
    def key_json(self) -> str:
        """Canonical JSON of the fields: the key under which a measurement of this operator is stored."""
        return json.dumps(canonical_dict(self), sort_keys=True, separators=(",", ":"))

    @cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.inputs, self.out_channels, self.expand, self.kernel, self.attention))

    def __hash__(self) -> int:
        return self._hash

    @property
    def cost(self) -> Cost:
        """Multiply-adds, parameters and traffic at batch 1."""
        return operator_cost(self)


def operator_from_json(text: str) -> OperatorSpec:
    """The operator whose `key_json` this is.

    Raises:
        ValueError: not JSON, an unknown or missing field, or a value that is not allowed.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not an operator: invalid JSON ({error})") from None
    values = checked_fields(OperatorSpec, data, "operator")
    values["inputs"] = as_tuples(values["inputs"])
    for name, types in (("attention", ATTENTION), ("head", HEADS)):
        if values.get(name) is not None:
            values[name] = typed_from_dict(types, values[name], f"operator, {name}")
    return OperatorSpec(**values)


def operators(arch: ArchConfig) -> tuple[tuple[str, OperatorSpec], ...]:
    """The operators of `arch` in order, each with its path in the built module (`levels.16.blocks.0`)."""
    return tuple(_walk(arch))


def _walk(arch: ArchConfig) -> Iterator[tuple[str, OperatorSpec]]:
    shape = (arch.in_channels, *arch.resolution)
    features = {}
    for level in arch.levels:
        down, block = level_operators(level, shape, arch.activation, arch.norm_eps, arch.attention_eps)
        yield f"levels.{level.stride}.downsample", down
        shape = down.output
        if block is not None:
            for index in range(level.depth):
                yield f"levels.{level.stride}.blocks.{index}", block
        features[level.stride] = shape
    if arch.head is not None:
        inputs = tuple(features[stride] for stride in arch.head.strides) or (shape,)
        yield (
            "head",
            OperatorSpec(
                kind=f"{arch.head.type}_head",
                inputs=inputs,
                out_channels=arch.head.classes,
                activation=arch.activation,
                head=arch.head,
                norm_eps=arch.norm_eps,
            ),
        )


@lru_cache(maxsize=65536)
def level_operators(
    level: LevelConfig,
    shape: tuple[int, int, int],
    activation: str,
    norm_eps: float,
    attention_eps: float,
) -> tuple[OperatorSpec, OperatorSpec | None]:
    """The downsample operator of a level on a (channels, height, width) input, and its block if any."""
    down = OperatorSpec(
        kind=f"{level.downsample}_downsample",
        inputs=(shape,),
        out_channels=level.width,
        stride=2,
        expand=level.downsample_expand,
        activation=activation,
        fewer_norm=level.fewer_norm and level.downsample in ("mbconv", "fused_mbconv"),
        norm_eps=norm_eps,
    )
    if not level.depth:
        return down, None
    _, height, width = down.output
    return down, OperatorSpec(
        kind=level.block,
        inputs=(down.output,),
        out_channels=level.width,
        expand=level.expand,
        kernel=level.kernel,
        activation=activation,
        fewer_norm=level.fewer_norm and level.block != "sandwich",
        attention=level.attention and level.attention.at(level.width, height, width),
        norm_eps=norm_eps,
        attention_eps=attention_eps,
    )


@lru_cache(maxsize=65536)
def operator_cost(op: OperatorSpec) -> Cost:
    """Cost of one operator."""
    if op.head is not None:
        return op.head.cost(op.inputs, op.activation)
    return _PRICES[op.kind.removesuffix("_downsample")](op)


@lru_cache(maxsize=65536)
def operator_cost_vector(op: OperatorSpec) -> np.ndarray:
    """`operator_cost` as an array, shape (len(COST_FIELDS),)."""
    return operator_cost(op).vector()


def arch_cost(arch: ArchConfig) -> Cost:
    """Cost of a whole network at its resolution and batch 1."""
    return Cost(**dict(zip(COST_FIELDS, map(int, arch_cost_vector(arch)), strict=True)))


def arch_cost_vector(arch: ArchConfig) -> np.ndarray:
    """`arch_cost` as an array, shape (len(COST_FIELDS),), summed exactly in float64."""
    vector: np.ndarray = np.array([operator_cost_vector(op) for _, op in operators(arch)]).sum(axis=0)
    return vector


def _conv(op: OperatorSpec) -> Cost:
    activation = "none" if op.kind == "conv_linear_downsample" else op.activation
    return conv(op.in_channels, op.out_channels, 3, op.height, op.width, stride=op.stride, activation=activation)


def _dsconv(op: OperatorSpec) -> Cost:
    n, h, w, lean = op.in_channels, op.height, op.width, op.fewer_norm
    return total(
        conv(n, n, op.kernel, h, w, stride=op.stride, groups=n, norm=not lean, bias=lean, activation=op.activation),
        conv(n, op.out_channels, 1, out_size(h, op.stride), out_size(w, op.stride)),
    )


def _mbconv(op: OperatorSpec) -> Cost:
    mid, h, w, lean, act = op.in_channels * op.expand, op.height, op.width, op.fewer_norm, op.activation
    return total(
        conv(op.in_channels, mid, 1, h, w, norm=not lean, bias=lean, activation=act),
        conv(mid, mid, op.kernel, h, w, stride=op.stride, groups=mid, norm=not lean, bias=lean, activation=act),
        conv(mid, op.out_channels, 1, out_size(h, op.stride), out_size(w, op.stride)),
    )


def _fused_mbconv(op: OperatorSpec) -> Cost:
    mid, h, w, lean, act = op.in_channels * op.expand, op.height, op.width, op.fewer_norm, op.activation
    return total(
        conv(op.in_channels, mid, op.kernel, h, w, stride=op.stride, norm=not lean, bias=lean, activation=act),
        conv(mid, op.out_channels, 1, out_size(h, op.stride), out_size(w, op.stride)),
    )


def _resblock(op: OperatorSpec) -> Cost:
    n, h, w, lean = op.in_channels, op.height, op.width, op.fewer_norm
    first = conv(n, n, op.kernel, h, w, norm=not lean, bias=lean, activation=op.activation)
    return total(first, conv(n, n, op.kernel, h, w))


def _evit(op: OperatorSpec) -> Cost:
    assert op.attention is not None
    return total(op.attention.cost(op.in_channels, op.height, op.width, op.activation), _mbconv(op))


def _pair(channels: int, kernel: int, ratio: int, height: int, width: int, activation: str) -> Cost:
    """Residual depthwise convolution and residual feed-forward network."""
    return total(
        conv(channels, channels, kernel, height, width, groups=channels),
        conv(channels, channels * ratio, 1, height, width, activation=activation),
        conv(channels * ratio, channels, 1, height, width),
    )


def _sandwich(op: OperatorSpec) -> Cost:
    n, h, w = op.in_channels, op.height, op.width
    mixer = op.attention.cost(n, h, w, op.activation) if op.attention is not None else Cost()
    pair = _pair(n, op.kernel, op.expand, h, w, op.activation)
    return total(pair, mixer, pair)


def squeeze_width(channels: int) -> int:
    """Channels inside squeeze-and-excitation: a quarter, rounded to a multiple of 8 (timm's rule)."""
    quarter = channels / 4
    rounded = max(8, int(quarter + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * quarter else rounded


def _se_merge(op: OperatorSpec) -> Cost:
    n, h, w, mid, act = op.in_channels, op.height, op.width, op.in_channels * op.expand, op.activation
    squeezed = squeeze_width(mid)
    h_out, w_out = out_size(h, 2), out_size(w, 2)
    return total(
        _pair(n, 3, 2, h, w, act),
        conv(n, mid, 1, h, w, activation=act),
        conv(mid, mid, 3, h, w, stride=2, groups=mid, activation=act),
        conv(mid, squeezed, 1, 1, 1, norm=False, bias=True),
        conv(squeezed, mid, 1, 1, 1, norm=False, bias=True),
        conv(mid, op.out_channels, 1, h_out, w_out),
        _pair(op.out_channels, 3, 2, h_out, w_out, act),
    )


_PRICES = {
    "conv": _conv,
    "conv_linear": _conv,
    "dsconv": _dsconv,
    "resblock": _resblock,
    "mbconv": _mbconv,
    "fused_mbconv": _fused_mbconv,
    "evit": _evit,
    "sandwich": _sandwich,
    "se_merge": _se_merge,
}
