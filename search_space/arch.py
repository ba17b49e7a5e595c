"""`ArchConfig`: the canonical, hashable description of one network, and the only thing the packages exchange."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import mul
from typing import Any

from search_space.attention import ATTENTION
from search_space.blocks import BLOCKS
from search_space.checks import check_int, check_known, check_positive
from search_space.costs import out_size
from search_space.downsamples import DOWNSAMPLES
from search_space.forms import canonical_json, checked_fields, plain, typed_from_dict
from search_space.heads import HEADS, HeadConfig
from search_space.level import FlatLevel, LevelConfig, spelled

ACTIVATIONS = ("hswish", "gelu_tanh", "relu")


@dataclass(frozen=True, kw_only=True)
class ArchConfig:
    """One network: a pyramid of levels, each dividing the map, and a head (None for a backbone).

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
        expected = tuple(accumulate((level.downsample.stride for level in self.levels), mul))
        if strides != expected:
            raise ValueError(f"the downsamples lead to levels at strides {expected}, got strides {strides}")
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
        self._check_maps()

    def _check_maps(self) -> None:
        """Whether the attention of each level fits its map."""
        height, width = self.resolution
        for level in self.levels:
            height, width = out_size(height, level.downsample.stride), out_size(width, level.downsample.stride)
            try:
                for block in level.blocks:
                    block.at((level.width, height, width))
            except ValueError as error:
                raise ValueError(f"level at stride {level.stride}: {error}") from None

    @cached_property
    def arch_id(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the canonical JSON.

        Fields at their default are left out of the digest, so that a later field with a default changes no id.
        """
        return hashlib.sha256(canonical_json(_form(self, sparse=True)).encode()).hexdigest()[:16]

    def __hash__(self) -> int:
        return int(self.arch_id, 16)

    def to_json(self) -> str:
        """The description as one line of canonical JSON."""
        return canonical_json(_form(self))

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


def arch_from_dict(data: object) -> ArchConfig:
    """The `ArchConfig` of parsed JSON.

    Raises:
        ValueError: an unknown or missing field, or a value that is not allowed.
    """
    values = checked_fields(ArchConfig, data, "architecture", parts=("levels", "head"))
    if not isinstance(values["levels"], list):
        raise ValueError("architecture: levels must be a list")
    levels = tuple(_level(item, f"architecture, level {index}") for index, item in enumerate(values["levels"]))
    head = typed_from_dict(HEADS, values["head"], "architecture, head")
    return ArchConfig(**{**values, "levels": levels, "head": head})


def _form(arch: ArchConfig, *, sparse: bool = False) -> dict[str, Any]:
    form: dict[str, Any] = plain(arch, sparse=sparse, without=("levels",))
    form["levels"] = [_level_form(level, sparse=sparse) for level in arch.levels]
    return form


@lru_cache(maxsize=16384)
def _level_form(level: LevelConfig, *, sparse: bool) -> Any:
    return plain(spelled(level), sparse=sparse)


def _level(data: object, where: str) -> LevelConfig:
    """A level in either spelling, see `level.spelled`."""
    if not isinstance(data, dict) or not ("blocks" in data or isinstance(data.get("downsample"), dict)):
        values = checked_fields(FlatLevel, data, where, parts=("attention",))
        values["attention"] = typed_from_dict(ATTENTION, values.get("attention"), f"{where}, attention")
        return FlatLevel(**values).level()
    values = checked_fields(LevelConfig, data, where, parts=("downsample", "blocks"))
    if "downsample" in values:
        values["downsample"] = typed_from_dict(DOWNSAMPLES, values["downsample"], f"{where}, downsample")
    blocks = values.get("blocks", [])
    if not isinstance(blocks, list):
        raise ValueError(f"{where}: blocks must be a list")
    inner = {"attention": ATTENTION}
    values["blocks"] = tuple(
        typed_from_dict(BLOCKS, block, f"{where}, block {index}", inner=inner) for index, block in enumerate(blocks)
    )
    return LevelConfig(**values)
