"""Random changes of training batches, by kornia: one function that applies the settings.

What happens to a batch depends on (seed, epoch, index of the batch in the epoch) alone. `index` counts the batches of
all ranks, step * world + rank, so a resumed run repeats its batches bit for bit and the world size changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from supernet.data.augmentation import Augmentation
from supernet.data.plan import augmentation_generator
from supernet.data.source import DataSource

GROUP = 8  # images that share RandAugment's operations; one draw for a whole batch would make batches uneven


def augmented(
    images_BCHW: Tensor, labels_B: Tensor, spec: Augmentation, data: DataSource, *, seed: int, epoch: int, index: int
) -> tuple[Tensor, Tensor]:
    """A batch of `data` changed as `spec` says, and its targets as probabilities (B, classes).

    torch's global random state stays as it is; parameters are drawn on the CPU, wherever the images are.

    Raises:
        ValueError: `spec` crops or flips images that come out of `data` cropped and flipped.
    """
    if data.crops and (spec.crop or spec.flip):
        raise ValueError(f"images of {data.name} are cropped and flipped while decoding; set crop=None and flip=0")
    generator = augmentation_generator(seed, epoch, index)
    mean, std = (torch.tensor(value, device=images_BCHW.device)[:, None, None] for value in (data.mean, data.std))
    targets_BK = torch.nn.functional.one_hot(labels_B, data.classes).float()
    targets_BK = targets_BK * (1 - spec.smoothing) + spec.smoothing / data.classes
    with _global_generator(generator):
        # kornia works in [0, 1]; interpolated crops overshoot that by rounding
        changed = _changed((images_BCHW * std + mean).clamp(0, 1), spec)
        changed, targets_BK = _mixed(changed, targets_BK, spec)
    return (changed - mean) / std, targets_BK


@contextmanager
def _global_generator(generator: torch.Generator) -> Iterator[None]:
    """torch's global CPU generator, the only one that kornia draws from, in the state of `generator`."""
    before = torch.random.get_rng_state()
    torch.random.set_rng_state(generator.get_state())
    try:
        yield
    finally:
        torch.random.set_rng_state(before)


@torch.no_grad()
def _changed(images_BCHW: Tensor, spec: Augmentation) -> Tensor:
    """Every image on its own, in [0, 1]."""
    import kornia.augmentation as kornia

    side = (images_BCHW.shape[2], images_BCHW.shape[3])
    steps: list[torch.nn.Module] = []
    if spec.crop:
        steps.append(kornia.RandomResizedCrop(side, scale=spec.crop, cropping_mode="resample"))
    if spec.flip:
        steps.append(kornia.RandomHorizontalFlip(p=spec.flip))
    if spec.flip_vertical:
        steps.append(kornia.RandomVerticalFlip(p=spec.flip_vertical))
    if spec.rotate or spec.shift or spec.scale:
        shift, scale = (spec.shift, spec.shift), (1 - spec.scale, 1 + spec.scale)
        steps.append(kornia.RandomAffine(spec.rotate, translate=shift, scale=scale, p=1.0))
    for step in steps:
        images_BCHW = step(images_BCHW)
    if spec.operations:
        images_BCHW = _rand_augmented(images_BCHW, spec)
    return kornia.RandomErasing(p=spec.erase)(images_BCHW) if spec.erase else images_BCHW


def _rand_augmented(images_BCHW: Tensor, spec: Augmentation) -> Tensor:
    from kornia.augmentation.auto import RandAugment

    change = RandAugment(n=spec.operations, m=spec.magnitude)
    coloured = images_BCHW.expand(-1, 3, -1, -1)  # its changes of colour take three channels
    return torch.cat([change(part) for part in coloured.split(GROUP)])[:, : images_BCHW.shape[1]]


@torch.no_grad()
def _mixed(images_BCHW: Tensor, targets_BK: Tensor, spec: Augmentation) -> tuple[Tensor, Tensor]:
    """Each image and its target mixed with another one of the batch."""
    if not spec.mixup and not spec.cutmix:
        return images_BCHW, targets_BK
    if spec.cutmix and (not spec.mixup or torch.rand(()) < 0.5):
        images_BCHW, order, other = _cut_and_pasted(images_BCHW, spec.cutmix)
    else:
        order = torch.randperm(len(images_BCHW))
        # kornia's mixup draws its shares evenly, not from a Beta distribution as the paper does
        other = torch.distributions.Beta(spec.mixup, spec.mixup).sample((len(images_BCHW),))
        share = other.to(images_BCHW.device)[:, None, None, None]
        images_BCHW = images_BCHW * (1 - share) + images_BCHW[order] * share
    weight = other.to(targets_BK.device)[:, None]
    return images_BCHW, targets_BK * (1 - weight) + targets_BK[order] * weight


def _cut_and_pasted(images_BCHW: Tensor, beta: float) -> tuple[Tensor, Tensor, Tensor]:
    """Images with a rectangle of another one each, which one that is, and the share of its area."""
    import kornia.augmentation as kornia

    paste = kornia.RandomCutMixV2(beta=beta, use_correct_lambda=True, data_keys=["input", "class"])
    images, pairs = paste(images_BCHW, torch.arange(len(images_BCHW)))
    _, order, own = pairs[0].unbind(dim=1)
    return images, order.long(), 1 - own
