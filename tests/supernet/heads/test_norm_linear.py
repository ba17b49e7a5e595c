"""The head of the Microsoft family: by hand, and folded into one layer."""

import torch

from search_space import NormLinearHead, OperatorSpec
from supernet.heads.norm_linear import NormLinearClassifier

HEAD = NormLinearHead(classes=2)
OP = OperatorSpec(part=HEAD, inputs=((3, 2, 2),), out_channels=2, norm_eps=0.25)


@torch.no_grad()
def settled() -> NormLinearClassifier:
    """Means 1, variances 2, scales 3, offsets 4; the first class sums the channels, the second takes the last."""
    module = NormLinearClassifier(HEAD, OP).eval()
    assert module.norm is not None
    module.norm.running_mean.fill_(1)  # type: ignore[union-attr]
    module.norm.running_var.fill_(2)  # type: ignore[union-attr]
    module.norm.weight.fill_(3)
    module.norm.bias.fill_(4)
    module.classify.weight.copy_(torch.tensor([[1.0, 1, 1], [0, 0, 1]]))
    module.classify.bias.copy_(torch.tensor([0.5, 0]))
    return module


@torch.no_grad()
def test_logits_by_hand() -> None:
    """Channels average to 1, 4 and 7; 2 + 0.25 has the root 1.5, so that they become 4, 10 and 16."""
    images = torch.tensor([1.0, 4, 7]).reshape(1, 3, 1, 1) + torch.tensor([[-1.0, 1], [2, -2]])
    assert torch.allclose(settled()(images), torch.tensor([[30.5, 16.0]]))


@torch.no_grad()
def test_folding_gives_one_layer_with_the_same_answers() -> None:
    module, images = settled(), torch.randn(5, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    expected = module(images)
    module.fold_own_norm()
    assert module.norm is None
    assert torch.allclose(module(images), expected, atol=1e-5)
    module.fold_own_norm()
    assert torch.allclose(module(images), expected, atol=1e-5)
