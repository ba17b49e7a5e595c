"""`OperatorSpec`: one block of a network with its shapes - what is built, measured and priced as a unit."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np

from search_space.arch import ArchConfig
from search_space.attention import ATTENTION, AttentionConfig
from search_space.blocks import BLOCKS, BlockConfig
from search_space.checks import check_known
from search_space.costs import COST_FIELDS, Cost, out_size
from search_space.downsamples import DOWNSAMPLES, DownsampleConfig
from search_space.forms import as_tuples, canonical_json, checked_fields, plain, typed_from_dict
from search_space.heads import HEADS, HeadConfig
from search_space.level import LevelConfig, part_of
from search_space.parts import Features, Shape

_ROLES: dict[str, Any] = {"downsample": DOWNSAMPLES, "block": BLOCKS, "head": HEADS}


@dataclass(frozen=True, kw_only=True)
class OperatorSpec:
    """A downsample, a block or a head on fixed shapes.

    `inputs` holds (channels, height, width) of each input: one, except for heads that read several levels.
    """

    part: DownsampleConfig | BlockConfig | HeadConfig
    inputs: Features
    out_channels: int
    activation: str = "relu"
    norm_eps: float = 1e-5
    attention_eps: float = 1e-15

    @property
    def kind(self) -> str:
        """Name of the operator: `mbconv_downsample`, `evit`, `mit_head`."""
        return self.part.kind

    @property
    def attention(self) -> AttentionConfig | None:
        """That of the part, if it has any."""
        return self.part.attention

    @property
    def head(self) -> HeadConfig | None:
        """The part, if it is a head."""
        return cast("HeadConfig", self.part) if self.part.role == "head" else None

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
    def output(self) -> Shape:
        """(channels, height, width) that the operator returns; (classes, 1, 1) for a classification head."""
        if self.head is not None and not self.head.strides:
            return self.out_channels, 1, 1
        return self.out_channels, out_size(self.height, self.part.stride), out_size(self.width, self.part.stride)

    @cached_property
    def key_json(self) -> str:
        """Canonical JSON of the fields: the key under which a measurement of this operator is stored."""
        flat = _FlatOperator.of(self)
        return canonical_json(plain(flat) if flat is not None else {"role": self.part.role, **plain(self)})

    @cached_property
    def _hash(self) -> int:
        return hash((self.part, self.inputs, self.out_channels))

    def __hash__(self) -> int:
        return self._hash

    @property
    def cost(self) -> Cost:
        """Multiply-adds, parameters and traffic at batch 1."""
        return operator_cost(self)


@dataclass(frozen=True, kw_only=True)
class _FlatOperator:
    """An operator whose part has no settings but the common ones, in the spelling that keys measurements."""

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

    @classmethod
    def of(cls, op: OperatorSpec) -> "_FlatOperator | None":
        """The flat spelling of an operator, or None where it would say less."""
        part = op.part
        plain_part = op.head is None
        flat = cls(
            kind=op.kind,
            inputs=op.inputs,
            out_channels=op.out_channels,
            stride=part.stride,
            expand=getattr(part, "expand", 1) if plain_part else 1,
            kernel=getattr(part, "kernel", 3) if plain_part else 3,
            activation=op.activation,
            fewer_norm=getattr(part, "fewer_norm", False),
            attention=op.attention,
            head=op.head,
            norm_eps=op.norm_eps,
            attention_eps=op.attention_eps,
        )
        try:
            return flat if flat.operator() == op else None
        except ValueError:
            return None  # a part that is not registered, or needs more

    def operator(self) -> OperatorSpec:
        """The operator that is meant.

        Raises:
            ValueError: an unknown part, or a value that is not allowed.
        """
        return OperatorSpec(
            part=self.head or self._part(),
            inputs=self.inputs,
            out_channels=self.out_channels,
            activation=self.activation,
            norm_eps=self.norm_eps,
            attention_eps=self.attention_eps,
        )

    def _part(self) -> Any:
        role = "downsample" if self.kind.endswith("_downsample") else "block"
        name = self.kind.removesuffix("_downsample")
        return part_of(role, _ROLES[role], name, {key: getattr(self, key) for key in _COMMON})


_COMMON = ("expand", "kernel", "attention", "fewer_norm")


def operator_from_json(text: str) -> OperatorSpec:
    """The operator whose `key_json` this is.

    Raises:
        ValueError: not JSON, an unknown or missing field, or a value that is not allowed.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not an operator: invalid JSON ({error})") from None
    if isinstance(data, dict) and "role" in data:
        role = data.pop("role")
        check_known("role", role, _ROLES)
        values = checked_fields(OperatorSpec, data, "operator", parts=("part",))
        inner = {"attention": ATTENTION} if role == "block" else {}
        values["part"] = typed_from_dict(_ROLES[role], values["part"], f"operator, {role}", inner=inner)
        return OperatorSpec(**values)
    values = checked_fields(_FlatOperator, data, "operator", parts=("attention", "head"))
    values["inputs"] = as_tuples(values["inputs"])
    for name, types in (("attention", ATTENTION), ("head", HEADS)):
        values[name] = typed_from_dict(types, values.get(name), f"operator, {name}")
    return _FlatOperator(**values).operator()


def operators(arch: ArchConfig) -> tuple[tuple[str, OperatorSpec], ...]:
    """The operators of `arch` in order, each with its path in the built module (`levels.16.blocks.0`)."""
    return tuple(_walk(arch))


def _walk(arch: ArchConfig) -> Iterator[tuple[str, OperatorSpec]]:
    shape = (arch.in_channels, *arch.resolution)
    features = {}
    for level in arch.levels:
        down, blocks = level_operators(level, shape, arch.activation, arch.norm_eps, arch.attention_eps)
        yield f"levels.{level.stride}.downsample", down
        shape = down.output
        for index in range(level.depth):
            yield f"levels.{level.stride}.blocks.{index}", blocks[index % len(blocks)]
        features[level.stride] = shape
    if arch.head is not None:
        inputs = tuple(features[stride] for stride in arch.head.strides) or (shape,)
        yield "head", head_operator(arch.head, inputs, arch.activation, arch.norm_eps)


def head_operator(head: HeadConfig, inputs: Features, activation: str, norm_eps: float) -> OperatorSpec:
    """The operator of a head on the (channels, height, width) of what it reads."""
    return OperatorSpec(part=head, inputs=inputs, out_channels=head.classes, activation=activation, norm_eps=norm_eps)


@lru_cache(maxsize=65536)
def level_operators(
    level: LevelConfig, shape: Shape, activation: str, norm_eps: float, attention_eps: float
) -> tuple[OperatorSpec, tuple[OperatorSpec, ...]]:
    """The downsample operator of a level on a (channels, height, width) input, and its pattern of blocks."""
    down = OperatorSpec(
        part=level.downsample, inputs=(shape,), out_channels=level.width, activation=activation, norm_eps=norm_eps
    )
    return down, tuple(
        OperatorSpec(
            part=block.at(down.output),
            inputs=(down.output,),
            out_channels=level.width,
            activation=activation,
            norm_eps=norm_eps,
            attention_eps=attention_eps,
        )
        for block in level.blocks
    )


@lru_cache(maxsize=65536)
def operator_cost(op: OperatorSpec) -> Cost:
    """Cost of one operator."""
    return op.part.operator_cost(op.inputs, op.out_channels, op.activation)


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
