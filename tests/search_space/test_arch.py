"""`ArchConfig`: canonical, validated, the same in every process."""

import subprocess
import sys
from dataclasses import replace

import pytest

from search_space import ArchConfig, CascadedGroupAttention, LevelConfig, published
from search_space.blocks import Sandwich


def test_arch_id_is_the_same_in_another_process() -> None:
    code = "from search_space import published; print(published('msra-m4').arch_id)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert found == published("msra-m4").arch_id


def test_levels_must_follow_one_another() -> None:
    with pytest.raises(ValueError, match=r"lead to levels at strides \(2, 4\), got strides \(2, 8\)"):
        ArchConfig(levels=(LevelConfig(stride=2, width=8), LevelConfig(stride=8, width=8)), head=None)


def test_cascaded_heads_must_divide_the_width() -> None:
    attention = CascadedGroupAttention(heads=3, query_kernels=(3, 3, 3))
    level = LevelConfig(stride=2, width=16, depth=1, blocks=(Sandwich(attention=attention),))
    with pytest.raises(ValueError, match="level at stride 2: cascaded group attention needs width % heads == 0"):
        ArchConfig(levels=(level,), head=None)


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
