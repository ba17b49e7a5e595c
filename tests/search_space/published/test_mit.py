"""MIT EfficientViT: published counts (arXiv 2205.14756, its repository and timm) against the cost model."""

import pytest

from search_space import MitHead, SegHead, arch_cost, published
from search_space.published import mit

PARAMETERS = {
    "mit-b0": 3_410_008,
    "mit-b1": 9_102_024,
    "mit-b2": 24_330_712,
    "mit-b3": 48_646_056,
    "mit-l0": 27_805_472,
    "mit-l1": 52_654_088,
    "mit-l2": 63_707_016,
    "mit-l3": 246_037_288,
}
GMACS = {
    "mit-b0": 0.1002,
    "mit-b1": 0.519,
    "mit-b2": 1.585,
    "mit-b3": 3.954,
    "mit-l1": 5.259,
    "mit-l2": 6.950,
    "mit-l3": 27.59,
    "mit-b0-seg-cityscapes": 4.39,
    "mit-b1-seg-cityscapes": 25.1,
    "mit-b2-seg-cityscapes": 73.6,
    "mit-b3-seg-cityscapes": 179.2,
    "mit-l1-seg-cityscapes": 282.5,
    "mit-l2-seg-cityscapes": 396.1,
    "mit-b1-seg-ade20k": 3.09,
    "mit-b2-seg-ade20k": 9.08,
    "mit-b3-seg-ade20k": 22.2,
    "mit-l1-seg-ade20k": 36.3,
    "mit-l2-seg-ade20k": 45.2,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_equal_the_published_integers(name: str) -> None:
    assert arch_cost(published(name)).parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", GMACS)
def test_macs_within_half_a_percent(name: str) -> None:
    assert arch_cost(published(name)).macs / 1e9 == pytest.approx(GMACS[name], rel=0.005)


def test_classifier_head_is_most_of_b0() -> None:
    whole = arch_cost(published("mit-b0")).parameters
    assert whole - 682_608 == pytest.approx(0.8 * whole, rel=0.01)


@pytest.mark.parametrize("name", mit.MODELS)
def test_a_segmentation_model_is_its_backbone_with_another_head(name: str) -> None:
    arch = mit.model(name)
    backbone, found, _ = name.partition("-seg-")
    assert (type(arch.head) is SegHead) == bool(found)
    if found:
        assert arch.levels == mit.model(backbone).levels


def test_backbones_by_hand() -> None:
    b1, sam = mit.model("b1"), mit.model("sam-xl1")
    assert [(level.stride, level.width, level.depth) for level in b1.levels] == [
        (2, 16, 1),
        (4, 32, 1),
        (8, 64, 2),
        (16, 128, 3),
        (32, 256, 4),
    ]
    assert [level.attended for level in b1.levels] == [0, 0, 0, 3, 4]
    assert b1.head == MitHead(widths=(1536, 1600))
    assert (sam.head, sam.resolution, sam.levels[-1].stride) == (None, (1024, 1024), 64)
    assert mit.model("l0").head is None
    assert (mit.model("l1").norm_eps, mit.model("l0").norm_eps) == (1e-7, 1e-6)


def test_models_of_timm_are_models() -> None:
    assert set(mit.TIMM) < set(mit.MODELS)
