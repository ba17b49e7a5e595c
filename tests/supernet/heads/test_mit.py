"""The head of the MIT family: the size of the map does not matter, and two epsilons are told apart."""

import torch
from torch import nn

from search_space import MitHead, OperatorSpec
from supernet.heads.mit import MitClassifier
from supernet.layers import initialise

HEAD = MitHead(widths=(6, 5), classes=3)


def made(head: MitHead = HEAD) -> MitClassifier:
    op = OperatorSpec(part=head, inputs=((4, 2, 3),), out_channels=3, activation="relu", norm_eps=0.25)
    module = initialise(MitClassifier(head, op)).eval()
    assert isinstance(module, MitClassifier)
    return module


@torch.no_grad()
def test_a_map_of_one_colour_is_one_pixel() -> None:
    module, colour = made(), torch.tensor([0.5, -1.0, 2.0, 1.0]).reshape(1, 4, 1, 1)
    assert torch.allclose(module(colour.expand(1, 4, 5, 7)), module(colour), atol=1e-6)
    assert module(colour).shape == (1, 3)


@torch.no_grad()
def test_the_convolution_is_averaged_after_its_activation() -> None:
    """Pixels of 1 and -3 average to -1; after ReLU they average to 1/2 times the norm."""
    module = made()
    seen: list[torch.Tensor] = []
    module.linear.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    nn.init.zeros_(module.in_conv.conv.weight)
    module.in_conv.conv.weight[:, 0] = 1
    images = torch.zeros(1, 4, 1, 2)
    images[0, 0, 0] = torch.tensor([1.0, -3.0])
    module(images)
    assert torch.allclose(seen[0], torch.full((1, 6), 0.5 / 1.25**0.5))


def test_epsilons() -> None:
    own, shared = made(HEAD.with_conv_norm_eps(0.5)), made()
    for module, eps in ((own, 0.5), (shared, 0.25)):
        assert module.in_conv.norm is not None
        assert (module.in_conv.norm.eps, module.norm.eps) == (eps, 0.25)
