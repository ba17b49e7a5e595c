"""`LevelConfig`: one level of the pyramid, made of the settings of its parts."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from search_space.attention import ATTENTION, AttentionConfig
from search_space.blocks import BLOCKS, BlockConfig
from search_space.checks import check_attention, check_bool, check_int, check_kernel, check_known
from search_space.downsamples import DOWNSAMPLES, ConvDownsample, DownsampleConfig

STRIDES = (2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, kw_only=True)
class LevelConfig:
    """One level of the pyramid: a downsample to `width` channels, then `depth` blocks.

    `stride` is that of the level in the network. `blocks` is a pattern that repeats: block i is
    `blocks[i % len(blocks)]`. Equal levels have equal descriptions: patterns are as short as they can be, blocks the
    simplest that compute the same, and without depth there is no pattern.
    """

    stride: int
    width: int
    depth: int = 0
    downsample: DownsampleConfig = field(default_factory=ConvDownsample)
    blocks: tuple[BlockConfig, ...] = ()

    def __post_init__(self) -> None:
        try:
            self._check()
        except ValueError as error:
            raise ValueError(f"level at stride {self.stride}: {error}") from None
        object.__setattr__(self, "blocks", shortest_pattern(self.blocks, self.depth))

    def _check(self) -> None:
        if self.stride not in STRIDES:
            raise ValueError(f"stride must be one of {STRIDES}, got {self.stride!r}")
        check_int("width", self.width, low=1)
        check_int("depth", self.depth, low=0, high=1000)
        if type(self.downsample) not in DOWNSAMPLES.values():
            raise ValueError(f"downsample must be one of {', '.join(DOWNSAMPLES)}, got {self.downsample!r}")
        for block in self.blocks:
            if type(block) not in BLOCKS.values():
                raise ValueError(f"block must be one of {', '.join(BLOCKS)}, got {block!r}")
        if self.depth and not self.blocks:
            raise ValueError(f"depth {self.depth} needs a block; known: {', '.join(BLOCKS)}")

    @cached_property
    def _hash(self) -> int:
        return hash((self.stride, self.width, self.depth, self.downsample, self.blocks))

    def __hash__(self) -> int:
        return self._hash

    def block(self, index: int) -> BlockConfig:
        """The block at that place, from 0."""
        return self.blocks[index % len(self.blocks)]

    @property
    def attention(self) -> AttentionConfig | None:
        """That of the first block of the pattern that has any."""
        return next((block.attention for block in self.blocks if block.attention is not None), None)

    @property
    def attended(self) -> int:
        """Number of blocks with attention."""
        return sum(self.block(index).attention is not None for index in range(self.depth))

    def with_attention(self, attention: AttentionConfig | None) -> "LevelConfig":
        """The same level with another attention in every block that has room for it."""
        return replace(self, blocks=tuple(block.with_attention(attention) for block in self.blocks))


def shortest_pattern(blocks: tuple[BlockConfig, ...], depth: int) -> tuple[BlockConfig, ...]:
    """The shortest pattern that describes the same `depth` blocks, each the simplest that computes the same."""
    used = tuple(block.canonical() for block in blocks[:depth])
    if len(used) < 2:
        return used
    every = tuple(used[index % len(blocks)] for index in range(depth))
    periods = (period for period in range(1, len(used) + 1) if every == (used[:period] * depth)[:depth])
    return used[: next(periods)]


def spelled(level: LevelConfig) -> "FlatLevel | LevelConfig":
    """The form in which a level is written: flat where that says all of it."""
    flat = FlatLevel.of(level)
    return flat if flat is not None else level


@dataclass(frozen=True, kw_only=True)
class FlatLevel:
    """A level whose parts have no settings but the common ones, in the spelling that gives networks their identity.

    It halves the map and repeats one block. `expand`, `kernel`, `attention` and `fewer_norm` are those of the block,
    as far as it has them; `downsample_expand` and `fewer_norm` those of the downsample.
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

    @classmethod
    def of(cls, level: LevelConfig) -> "FlatLevel | None":
        """The flat spelling of a level, or None where it would say less."""
        down, block = level.downsample, level.blocks[0] if level.blocks else None
        flat = cls(
            stride=level.stride,
            width=level.width,
            depth=level.depth,
            downsample=down.type,
            downsample_expand=getattr(down, "expand", 1),
            block=block.type if block is not None else "none",
            expand=getattr(block, "expand", 1),
            kernel=getattr(block, "kernel", 3),
            attention=level.attention,
            fewer_norm=getattr(down, "fewer_norm", False) or getattr(block, "fewer_norm", False),
        )
        try:
            return flat if down.stride == 2 and flat.level() == level else None
        except ValueError:
            return None  # a part that is not registered, or needs more

    def level(self) -> LevelConfig:
        """The level that is meant; settings that its parts do not have are dropped.

        Raises:
            ValueError: an unknown part, or a value that is not allowed.
        """
        try:
            for name, value in (("downsample_expand", self.downsample_expand), ("expand", self.expand)):
                check_int(name, value, low=1)
            check_kernel(self.kernel)
            check_bool("fewer_norm", self.fewer_norm)
            check_attention(self.attention, ATTENTION)
            down = part_of(
                "downsample",
                DOWNSAMPLES,
                self.downsample,
                {"expand": self.downsample_expand, "fewer_norm": self.fewer_norm},
            )
            known = {**BLOCKS, "none": None}
            check_known("block", self.block, known)
            blocks = () if self.block == "none" else (part_of("block", BLOCKS, self.block, self._block_settings()),)
        except ValueError as error:
            raise ValueError(f"level at stride {self.stride}: {error}") from None
        return LevelConfig(stride=self.stride, width=self.width, depth=self.depth, downsample=down, blocks=blocks)

    def _block_settings(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("expand", "kernel", "attention", "fewer_norm")}


def part_of(role: str, registry: Mapping[str, type[Any]], name: str, settings: dict[str, object]) -> Any:
    """The part of that name with those of the common settings that it has.

    Raises:
        ValueError: an unknown part, one that needs more, or a value that is not allowed.
    """
    check_known(role, name, registry)
    own = {each.name for each in fields(registry[name])}
    needed = {each.name for each in fields(registry[name]) if each.default is each.default_factory is MISSING}
    if missing := sorted(needed - set(settings)):
        raise ValueError(f"{role} {name} needs {missing[0]!r}: write it as an object with its type")
    return registry[name](**{key: value for key, value in settings.items() if key in own})
