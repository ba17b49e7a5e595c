"""Shared fixtures: spaces small enough to enumerate, and a home folder of the test's own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_space import SPACES, LevelChoices, NormLinearHead, SearchSpace
from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.blocks import DSConvChoices, EViTChoices, SandwichChoices
from search_space.downsamples import ConvDownsample, MBConvDownsample
from search_space.spaces import NamedSpace

# before torch loads: test processes side by side would otherwise take all cores each
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fitted predictors of a test stay in its own folder."""
    monkeypatch.setenv("NAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


ATTENTIONS = (
    None,
    LinearAttentionChoices(head_dims=(4, 8), head_ratios=(0.5, 1.0), scales=((), (3,), (3, 5))),
    CascadedGroupAttentionChoices(
        heads=(2, 3), key_dims=(4, 8), windows=(2, 3), query_kernels=((3, 3, 3), (5, 3, 3))
    ),
)


@pytest.fixture(scope="session")
def tiny_space() -> SearchSpace:
    """Two levels with every attention type, for 16-pixel images of one channel."""
    return SearchSpace(
        name="tiny",
        resolutions=(16,),
        in_channels=1,
        heads=(NormLinearHead(classes=10),),
        levels=(
            LevelChoices(stride=2, widths=(4, 8), depths=(0, 1), blocks=(DSConvChoices(kernels=(3, 5)),)),
            LevelChoices(
                stride=4,
                widths=(12, 16),
                depths=(1, 2),
                downsamples=(ConvDownsample(), MBConvDownsample(expand=2, fewer_norm=True)),
                blocks=(
                    EViTChoices(expands=(1, 2), attentions=ATTENTIONS, fewer_norm=True),
                    SandwichChoices(expands=(1, 2), attentions=ATTENTIONS),
                ),
            ),
        ),
    )


@pytest.fixture(scope="module")
def named_tiny(tiny_space: SearchSpace) -> Iterator[SearchSpace]:
    """The tiny space under its name, which is how a supernet's folder refers to it, for the tests of a file."""
    entry = NamedSpace(build=lambda: tiny_space, spans="two levels of 16 pixels", supernet_parameters=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SPACES, tiny_space.name, entry)
        yield tiny_space
