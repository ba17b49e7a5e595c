"""Sub-networks are alive: outputs are finite and follow the image, weights learn, every layer has a say."""

import torch
from torch import Tensor, nn

from search_space import ArchConfig
from supernet.doctor.check import CounterexampleError
from supernet.doctor.subject import Subject, place
from supernet.network import Network

ABLATED = 2  # random sub-networks whose layers are silenced one by one, beside the smallest
_LAYERS = (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)


def outputs_follow_images(subject: Subject) -> str:
    """Finite outputs, for training and evaluation, that differ between two images."""
    for arch in subject.archs:
        network = _network(subject, arch)
        images = subject.images(arch, batch=8)
        for mode in ("evaluation", "training"):
            out = _outputs(network.train(mode == "training"), images)
            where = f"{place(arch)}, {mode} mode"
            if not out.isfinite().all():
                raise CounterexampleError(
                    where, expected="finite outputs", found=f"{int((~out.isfinite()).sum())} that are not"
                )
            if torch.equal(out[0], out[1]):
                raise CounterexampleError(where, expected="other outputs for another image", found="the same")
    return f"{len(subject.archs)} sub-networks"


def every_layer_has_a_say(subject: Subject) -> str:
    """Silencing any one convolution, linear layer or norm changes the output: no branch is dead or forgotten."""
    layers = 0
    smallest, _, *drawn = subject.archs if len(subject.archs) > 1 else subject.archs * 2
    for arch in (smallest, *drawn[:ABLATED]):
        network = _network(subject, arch).eval()
        images = subject.images(arch, batch=2)
        whole = _outputs(network, images)
        for name, part in network.named_modules():
            if not isinstance(part, _LAYERS):
                continue
            handle = part.register_forward_hook(lambda _, __, out: torch.zeros_like(out))
            silenced = _outputs(network, images)
            handle.remove()
            layers += 1
            if torch.equal(silenced, whole):
                raise CounterexampleError(
                    f"{place(arch)}, layer {name}",
                    expected="another output without it",
                    found="the same: a dead branch",
                )
    return f"{layers} layers"


def _network(subject: Subject, arch: ArchConfig) -> Network:
    """A sub-network as it would be evaluated; of fresh weights the stirred ones, which silence no branch."""
    supernet = subject.supernet if subject.trained else subject.stirred
    network = supernet.extract(arch)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.momentum = 1.0  # the one batch is the statistics
    _outputs(network.train(), subject.images(arch, batch=8, seed=5))
    return network


@torch.no_grad()
def _outputs(network: Network, images: Tensor) -> Tensor:
    out: Tensor = network(images)
    return out
