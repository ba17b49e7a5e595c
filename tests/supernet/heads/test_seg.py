"""The segmentation head: three levels summed at the finest, whatever their sizes."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from search_space import OperatorSpec, SegHead
from supernet.heads.seg import Segmenter
from supernet.layers import initialise

Copying = Callable[[nn.Module], nn.Module]
SHAPES = ((4, 2, 3), (4, 3, 5), (4, 5, 9))  # of a 40 x 72 image at strides 32, 16 and 8


def made(head: SegHead) -> nn.Module:
    op = OperatorSpec(part=head, inputs=SHAPES, out_channels=head.classes, activation="relu", norm_eps=0.21)
    return Segmenter(head, op)


@pytest.mark.parametrize(("final_expand", "final_norms"), [(0, 0), (2, 1)])
@pytest.mark.parametrize(("block", "block_norms"), [("mbconv", 3), ("fused_mbconv", 2)])
@torch.no_grad()
def test_levels_of_one_colour_are_summed(
    copying: Copying, block: str, block_norms: int, final_expand: int, final_norms: int
) -> None:
    head = SegHead(width=4, depth=2, block=block, final_expand=final_expand, classes=3)
    found = copying(made(head))(*(torch.full((2, *shape), 1.0 + index) for index, shape in enumerate(SHAPES)))
    expected = (1 + 2 + 3) / 1.1 * (1 + 1.1**-block_norms) ** 2 / 1.1**final_norms
    assert found.shape == (2, 3, 5, 9)
    assert torch.allclose(found, torch.full_like(found, expected), rtol=1e-4)


@torch.no_grad()
def test_fresh_blocks_in_the_middle_are_shortcuts() -> None:
    """A deeper head with the same other weights answers the same."""
    shallow, deep = (made(SegHead(width=4, depth=depth, classes=3)) for depth in (0, 3))
    initialise(deep)
    own = shallow.state_dict()
    shallow.load_state_dict({name: value for name, value in deep.state_dict().items() if name in own})
    images = [torch.randn(1, *shape, generator=torch.Generator().manual_seed(0)) for shape in SHAPES]
    assert torch.allclose(deep.eval()(*images), shallow.eval()(*images), atol=1e-6)
