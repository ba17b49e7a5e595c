"""Architectures by the names that tables print, and what is answered to other names."""

from dataclasses import replace
from pathlib import Path

import pytest

from nas.archs import arch_name, closest_names, find_arch
from nas.errors import UserError
from predictors import published_networks
from search_space import published


def test_every_printed_name_of_a_published_network_is_accepted() -> None:
    for network in published_networks():
        name = arch_name(network.arch)
        assert find_arch(name) == network.arch
        assert name.partition("@")[0] == network.model


@pytest.mark.parametrize(
    ("text", "model", "resolution"),
    [
        ("mit-l2@384", "mit-l2", (384, 384)),
        ("mit-l2", "mit-l2", (224, 224)),
        ("efficientvit_m4@256", "msra-m4", (256, 256)),
        ("mit-b0-seg-cityscapes@512x1024", "mit-b0-seg-cityscapes", (512, 1024)),
    ],
)
def test_a_size_behind_the_name(text: str, model: str, resolution: tuple[int, int]) -> None:
    assert find_arch(text) == replace(published(model), resolution=resolution)


@pytest.mark.parametrize("size", ["", "big", "384px", "0"])
def test_a_wrong_size_is_named(size: str) -> None:
    with pytest.raises(UserError, match=f"architecture 'mit-l2@{size}': .*is not a size in pixels"):
        find_arch(f"mit-l2@{size}")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("l2", "mit-l2"),
        ("l2@384", "mit-l2@384"),
        ("MIT-L2", "mit-l2"),
        ("mit_b1", "mit-b1"),
        ("efficientvit-b1", "efficientvit_b1"),
        ("efficientvit_l2@384", "efficientvit_l2@384"),
        ("mrsa-m4", "msra-m4"),
    ],
)
def test_the_closest_name_comes_first(text: str, first: str) -> None:
    assert closest_names(text)[0] == first


def test_an_unknown_name_is_answered_with_the_closest(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"unknown architecture 'mit-b9'.*did you mean mit-b\d.*\? published: mit-b0, "
    ):
        find_arch("mit-b9", runs=tmp_path)
    with pytest.raises(UserError, match=r"not an id in \S+; published: mit-b0, "):
        find_arch("resnet50", runs=tmp_path)
