"""Microsoft EfficientViT: published counts (arXiv 2305.07027, its repository and timm) against the cost model."""

import pytest

from search_space import CascadedGroupAttention, NormLinearHead, arch_cost, published
from search_space.published import msra

PARAMETERS = {
    "msra-m0": 2_349_436,
    "msra-m1": 2_980_560,
    "msra-m2": 4_187_554,
    "msra-m3": 6_900_722,
    "msra-m4": 8_804_228,
    "msra-m5": 12_473_772,
}
GMACS = {
    "msra-m0": 0.07919,
    "msra-m1": 0.16705,
    "msra-m2": 0.20104,
    "msra-m3": 0.26266,
    "msra-m4": 0.29931,
    "msra-m5": 0.52158,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_equal_the_published_integers(name: str) -> None:
    assert arch_cost(published(name)).parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", GMACS)
def test_macs_within_half_a_percent(name: str) -> None:
    assert arch_cost(published(name)).macs / 1e9 == pytest.approx(GMACS[name], rel=0.005)


def test_m1_by_hand() -> None:
    """Table 1: widths 128, 144, 192, depths 1, 2, 3, heads 2, 3, 3; a stem of three convolutions to stride 8."""
    arch = msra.model("m1")
    assert [(level.stride, level.width, level.depth) for level in arch.levels] == [
        (2, 16, 0),
        (4, 32, 0),
        (8, 64, 0),
        (16, 128, 1),
        (32, 144, 2),
        (64, 192, 3),
    ]
    assert (arch.head, arch.activation, arch.resolution) == (NormLinearHead(), "relu", (224, 224))
    attention = [level.attention for level in arch.levels[3:]]
    assert attention == [CascadedGroupAttention(heads=n, query_kernels=(7, 5, 3)[:n]) for n in (2, 3, 3)]
    assert [level.downsample.type for level in arch.levels[3:]] == ["conv_linear", "se_merge", "se_merge"]


@pytest.mark.parametrize("name", msra.MODELS)
def test_heads_divide_their_width_and_every_block_has_attention(name: str) -> None:
    for level in msra.model(name).levels[3:]:
        assert isinstance(level.attention, CascadedGroupAttention)
        assert level.width % level.attention.heads == 0
        assert level.attended == level.depth
