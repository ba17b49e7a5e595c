"""`ArchConfig`: the canonical, hashable description of one network, and the only thing the packages exchange."""

import hashlib
import json
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from search_space.attention import ATTENTION, AttentionConfig
from search_space.checks import check_int, check_known, check_positive
from search_space.heads import HEADS, HeadConfig

STRIDES = (2, 4, 8, 16, 32, 64)
ACTIVATIONS = ("hswish", "gelu_tanh", "relu")
DOWNSAMPLES = ("conv", "conv_linear", "mbconv", "fused_mbconv", "se_merge")
BLOCKS = ("none", "dsconv", "resblock", "mbconv", "fused_mbconv", "evit", "sandwich")
PART_TRAITS: dict[str, frozenset[str]] = {
    "conv_linear": frozenset({"conv"}),  # its activation alone is missing
    "se_merge": frozenset({"squeeze_excite"}),
    "resblock": frozenset({"residual_conv"}),
    "evit": frozenset({"mbconv"}),  # and its attention's
}
"""What a downsample or a block does beyond what its cost counts; of those not listed, it is their own name."""
_EXPANDING_BLOCKS = ("mbconv", "fused_mbconv", "evit", "sandwich")
_ATTENTION_BLOCKS = ("evit", "sandwich")
_NORM_SPARING = ("mbconv", "fused_mbconv", "dsconv", "resblock", "evit")


@dataclass(frozen=True, kw_only=True)
class LevelConfig:
    """One level of the pyramid: a stride-2 downsample to `width` channels, then `depth` equal blocks.

    Blocks: `dsconv`, `resblock`, `mbconv`, `fused_mbconv` are convolutional; `evit` is attention then MBConv (MIT);
    `sandwich` is depthwise conv, FFN, attention, depthwise conv, FFN (Microsoft). `expand` is the MBConv expansion
    or the FFN ratio, `kernel` the block's spatial kernel. `fewer_norm` drops the batch norm of every convolution but
    a block's last (arXiv 2205.14756's code). Settings that the level does not use are reset, so that equal networks
    have equal descriptions.
    """

    stride: int
    width: int
    depth: int = 0
    downsample: str = "conv"
    downsample_expand: int = 1
    block: str = "none"
    expand: int = 1
    kernel: int = 3
    attention: AttentionConfig | None = None
    fewer_norm: bool = False

    def __post_init__(self) -> None:
        try:
            self._check()
        except ValueError as error:
            raise ValueError(f"level at stride {self.stride}: {error}") from None
        self._forget_unused()

    def _check(self) -> None:
        if self.stride not in STRIDES:
            raise ValueError(f"stride must be one of {STRIDES}, got {self.stride!r}")
        check_int("width", self.width, low=1)
        check_int("depth", self.depth, low=0, high=1000)
        check_known("downsample", self.downsample, DOWNSAMPLES)
        check_int("downsample_expand", self.downsample_expand, low=1)
        check_known("block", self.block, BLOCKS)
        check_int("expand", self.expand, low=1)
        check_int("kernel", self.kernel, low=1, high=31)
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {self.kernel}")
        if type(self.fewer_norm) is not bool:
            raise ValueError(f"fewer_norm must be true or false, got {self.fewer_norm!r}")
        if self.attention is not None and type(self.attention) not in ATTENTION.values():
            raise ValueError(f"attention must be one of {', '.join(ATTENTION)}, got {self.attention!r}")
        if self.depth and self.block == "none":
            raise ValueError(f"depth {self.depth} needs a block; known: {', '.join(BLOCKS[1:])}")

    def _forget_unused(self) -> None:
        reset = object.__setattr__
        if self.downsample in ("conv", "conv_linear"):
            reset(self, "downsample_expand", 1)
        if not self.depth:
            reset(self, "block", "none")
            reset(self, "kernel", 3)
        if self.block not in _ATTENTION_BLOCKS:
            reset(self, "attention", None)
        if self.block == "evit" and self.attention is None:
            reset(self, "block", "mbconv")
        if self.block not in _EXPANDING_BLOCKS:
            reset(self, "expand", 1)
        if self.downsample not in _NORM_SPARING and self.block not in _NORM_SPARING:
            reset(self, "fewer_norm", False)


@dataclass(frozen=True, kw_only=True)
class ArchConfig:
    """One network: a pyramid of levels, each halving the map, and a head (None for a backbone).

    `resolution` is (height, width) in pixels. It belongs to the network: windows and their bias tables follow it.

    Raises:
        ValueError: a value is not allowed; the message names the level, the field and the rule.
    """

    levels: tuple[LevelConfig, ...]
    head: HeadConfig | None
    resolution: tuple[int, int] = (224, 224)
    activation: str = "hswish"
    in_channels: int = 3
    norm_eps: float = 1e-5
    attention_eps: float = 1e-15

    def __post_init__(self) -> None:
        if not self.levels:
            raise ValueError("a network needs at least one level")
        strides = tuple(level.stride for level in self.levels)
        if strides != STRIDES[: len(strides)]:
            raise ValueError(f"levels must halve the map one after another from stride 2, got strides {strides}")
        if type(self.resolution) is not tuple or len(self.resolution) != 2:
            raise ValueError(f"resolution must be (height, width), got {self.resolution!r}")
        for side in self.resolution:
            check_int("resolution", side, low=1, high=65536)
        check_known("activation", self.activation, ACTIVATIONS)
        check_int("in_channels", self.in_channels, low=1)
        check_positive("norm_eps", self.norm_eps)
        check_positive("attention_eps", self.attention_eps)
        if self.head is not None and not set(self.head.strides) <= set(strides):
            raise ValueError(f"the {self.head.type} head reads strides {self.head.strides}, the levels are {strides}")
        height, width = self.resolution
        for level in self.levels:
            height, width = (height + 1) // 2, (width + 1) // 2
            if level.attention is not None:
                try:
                    level.attention.at(level.width, height, width)
                except ValueError as error:
                    raise ValueError(f"level at stride {level.stride}: {error}") from None

    @cached_property
    def arch_id(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the canonical JSON.

        Fields at their default are left out of the digest, so that a later field with a default changes no id.
        """
        text = json.dumps(_plain(self, sparse=True), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def __hash__(self) -> int:
        return int(self.arch_id, 16)

    def to_json(self) -> str:
        """The description as one line of canonical JSON."""
        return json.dumps(_plain(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "ArchConfig":
        """Read what `to_json` wrote.

        Raises:
            ValueError: not JSON, an unknown or missing field, or a value that is not allowed.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"not an architecture: invalid JSON ({error})") from None
        return arch_from_dict(data)


def canonical_dict(value: Any) -> dict[str, Any]:
    """A dataclass of this package as plain JSON values, every field written out."""
    result = _plain(value)
    assert isinstance(result, dict)
    return result


def arch_from_dict(data: object) -> ArchConfig:
    """The `ArchConfig` of parsed JSON.

    Raises:
        ValueError: an unknown or missing field, or a value that is not allowed.
    """
    values = checked_fields(ArchConfig, data, "architecture")
    if not isinstance(values["levels"], list):
        raise ValueError("architecture: levels must be a list")
    levels = []
    for index, item in enumerate(values["levels"]):
        level = checked_fields(LevelConfig, item, f"architecture, level {index}")
        if level.get("attention") is not None:
            level["attention"] = typed_from_dict(
                ATTENTION, level["attention"], f"architecture, level {index}, attention"
            )
        levels.append(LevelConfig(**level))
    head = values["head"]
    values["head"] = None if head is None else typed_from_dict(HEADS, head, "architecture, head")
    return ArchConfig(**{**values, "levels": tuple(levels)})


def _plain(value: Any, *, sparse: bool = False) -> Any:
    if is_dataclass(value):
        result = {"type": value.type} if hasattr(value, "type") else {}
        for field in fields(value):
            item = getattr(value, field.name)
            if not (sparse and field.default is not MISSING and item == field.default):
                result[field.name] = _plain(item, sparse=sparse)
        return result
    return [_plain(item, sparse=sparse) for item in value] if isinstance(value, tuple) else value


def checked_fields(cls: type, data: object, where: str) -> dict[str, Any]:
    """The fields of `cls` in parsed JSON, lists of plain values as tuples.

    Raises:
        ValueError: not an object, an unknown or a missing field; says where.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where}: must be an object, got {type(data).__name__}")
    known = {field.name: field for field in fields(cls)}
    if unknown := sorted(set(data) - set(known)):
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known: {', '.join(known)}")
    needed = {name for name, field in known.items() if field.default is MISSING}
    if missing := sorted(needed - set(data)):
        raise ValueError(f"{where}: missing field {missing[0]!r}")
    return {
        name: as_tuples(value) if name not in ("levels", "attention", "head") else value
        for name, value in data.items()
    }


def typed_from_dict(types: dict[str, Any], data: object, where: str) -> Any:
    """The member of a registry that parsed JSON describes by its `type`.

    Raises:
        ValueError: unknown type or fields; says where.
    """
    if not isinstance(data, dict) or data.get("type") not in types:
        found = data.get("type") if isinstance(data, dict) else data
        raise ValueError(f"{where}: unknown type {found!r}; known: {', '.join(types)}")
    cls = types[data["type"]]
    return cls(**checked_fields(cls, {name: value for name, value in data.items() if name != "type"}, where))


def as_tuples(value: object) -> object:
    """Lists, nested ones too, as tuples."""
    return tuple(as_tuples(item) for item in value) if isinstance(value, list) else value
