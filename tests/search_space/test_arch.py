"""`ArchConfig`: canonical, validated, the same in every process."""

import subprocess
import sys
from dataclasses import replace

import pytest

from search_space import ArchConfig, CascadedGroupAttention, LevelConfig, LinearAttention, published
from search_space.blocks import DSConv, EViT, MBConv, Sandwich
from search_space.level import FlatLevel


def test_arch_id_is_the_same_in_another_process() -> None:
    code = "from search_space import published; print(published('msra-m4').arch_id)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert found == published("msra-m4").arch_id


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


def test_levels_must_follow_one_another() -> None:
    with pytest.raises(ValueError, match=r"lead to levels at strides \(2, 4\), got strides \(2, 8\)"):
        ArchConfig(levels=(LevelConfig(stride=2, width=8), LevelConfig(stride=8, width=8)), head=None)


def test_cascaded_heads_must_divide_the_width() -> None:
    attention = CascadedGroupAttention(heads=3, query_kernels=(3, 3, 3))
    level = LevelConfig(stride=2, width=16, depth=1, blocks=(Sandwich(attention=attention),))
    with pytest.raises(ValueError, match="level at stride 2: cascaded group attention needs width % heads == 0"):
        ArchConfig(levels=(level,), head=None)


def test_query_kernels_are_one_per_head() -> None:
    with pytest.raises(ValueError, match="one kernel per head"):
        CascadedGroupAttention(heads=2, query_kernels=(3,))


def test_scales_are_ascending() -> None:
    with pytest.raises(ValueError, match="distinct and ascending"):
        LinearAttention(heads=1, head_dim=8, scales=(5, 3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "invalid JSON"),
        ("[]", "must be an object, got list"),
        ("{}", "missing field 'head'"),
        (published("mit-b0").to_json().replace('"kernel"', '"kernels"'), "level 0: unknown field 'kernels'"),
        (published("mit-b0").to_json().replace('"linear"', '"flash"'), "unknown type 'flash'; known: linear"),
    ],
)
def test_broken_json_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ArchConfig.from_json(text)


def test_resolution_belongs_to_the_identity() -> None:
    arch = published("mit-b1")
    assert replace(arch, resolution=(256, 256)).arch_id != arch.arch_id
