"""Levels: equal ones have equal descriptions, in either spelling, and bad ones are named."""

from dataclasses import replace

import pytest

from search_space import LevelConfig, LinearAttention
from search_space.blocks import BLOCKS, DSConv, EViT, MBConv, Sandwich
from search_space.downsamples import ConvDownsample, MBConvDownsample
from search_space.level import FlatLevel, part_of, spelled

MIXER = LinearAttention(heads=2, head_dim=4)


def test_unused_settings_do_not_change_the_network() -> None:
    level = LevelConfig(stride=2, width=16, depth=0, blocks=(MBConv(expand=6, kernel=7),))
    assert level == LevelConfig(stride=2, width=16)
    flat = FlatLevel(stride=2, width=16, depth=0, block="mbconv", expand=6, kernel=7, downsample_expand=4)
    assert flat.level() == level


def test_evit_without_attention_is_an_mbconv() -> None:
    assert LevelConfig(stride=2, width=16, depth=1, blocks=(EViT(expand=4),)).blocks == (MBConv(expand=4),)


@pytest.mark.parametrize(
    ("blocks", "depth", "shortest"),
    [
        ("ab", 4, "ab"),
        ("ab", 1, "a"),
        ("aa", 3, "a"),
        ("abab", 4, "ab"),
        ("aba", 3, "ab"),
        ("aba", 4, "aba"),
        ("", 0, ""),
    ],
)
def test_patterns_are_as_short_as_they_can_be(blocks: str, depth: int, shortest: str) -> None:
    known = {"a": DSConv(), "b": MBConv(expand=2)}
    level = LevelConfig(stride=2, width=8, depth=depth, blocks=tuple(known[each] for each in blocks))
    assert level.blocks == tuple(known[each] for each in shortest)
    assert [level.block(index) for index in range(depth)] == [known[blocks[i % len(blocks)]] for i in range(depth)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 0}, "level at stride 2: width must be an integer from 1"),
        ({"width": 16.0}, "level at stride 2: width"),
        ({"depth": True}, "level at stride 2: depth"),
        ({"kernel": 4}, "level at stride 2: kernel must be odd, got 4"),
        ({"block": "vgg", "depth": 1}, "level at stride 2: unknown block 'vgg'; known: "),
        ({"downsample": "pool"}, "level at stride 2: unknown downsample 'pool'; known: conv"),
        ({"stride": 3}, "stride must be one of"),
        ({"depth": 2}, "depth 2 needs a block"),
    ],
)
def test_bad_level_names_the_level_and_the_value(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FlatLevel(**{"stride": 2, "width": 16, **change}).level()  # type: ignore[arg-type]


def test_attention_is_counted_along_the_pattern() -> None:
    level = LevelConfig(stride=2, width=8, depth=5, blocks=(DSConv(), Sandwich(attention=MIXER)))
    assert (level.attention, level.attended) == (MIXER, 2)
    assert (LevelConfig(stride=2, width=8, depth=1, blocks=(DSConv(),)).attention, level.block(4)) == (None, DSConv())


def test_another_attention_goes_into_every_block_with_room() -> None:
    level = LevelConfig(stride=2, width=8, depth=2, blocks=(DSConv(), Sandwich(attention=MIXER)))
    other = replace(MIXER, heads=1)
    assert level.with_attention(other).blocks == (DSConv(), Sandwich(attention=other))
    assert level.with_attention(None).blocks == (DSConv(), Sandwich())


@pytest.mark.parametrize(
    "level",
    [
        LevelConfig(stride=2, width=8),
        LevelConfig(stride=4, width=8, depth=3, blocks=(MBConv(expand=4, kernel=5, fewer_norm=True),)),
        LevelConfig(
            stride=8,
            width=8,
            depth=1,
            downsample=MBConvDownsample(expand=6, fewer_norm=True),
            blocks=(EViT(expand=2, fewer_norm=True, attention=MIXER),),
        ),
    ],
)
def test_the_flat_spelling_says_all_of_a_plain_level(level: LevelConfig) -> None:
    flat = spelled(level)
    assert isinstance(flat, FlatLevel)
    assert flat.level() == level


@pytest.mark.parametrize(
    "level",
    [
        LevelConfig(stride=2, width=8, depth=2, blocks=(DSConv(), MBConv(expand=2))),
        LevelConfig(  # the norms of the downsample and of the block differ
            stride=2,
            width=8,
            depth=1,
            downsample=MBConvDownsample(fewer_norm=True),
            blocks=(MBConv(expand=2),),
        ),
    ],
)
def test_a_level_of_which_the_flat_spelling_would_say_less_is_written_in_full(level: LevelConfig) -> None:
    assert spelled(level) is level


def test_parts_that_are_not_registered_are_refused() -> None:
    with pytest.raises(ValueError, match="level at stride 2: downsample must be one of conv, "):
        LevelConfig(stride=2, width=8, downsample="conv")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level at stride 2: block must be one of dsconv, "):
        LevelConfig(stride=2, width=8, depth=1, blocks=(ConvDownsample(),))  # type: ignore[arg-type]


def test_a_part_takes_of_the_common_settings_those_that_it_has() -> None:
    settings = {"expand": 4, "kernel": 5, "attention": None, "fewer_norm": True}
    assert part_of("block", BLOCKS, "dsconv", settings) == DSConv(kernel=5, fewer_norm=True)
    assert part_of("block", BLOCKS, "sandwich", settings) == Sandwich(expand=4, kernel=5)
    with pytest.raises(ValueError, match="unknown block 'conv'; known: dsconv, "):
        part_of("block", BLOCKS, "conv", settings)
