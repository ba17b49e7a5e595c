"""Batch-norm statistics: re-estimated ones are the cumulative average over the batches, and they are used."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from supernet.doctor.check import CounterexampleError, NotApplicableError
from supernet.doctor.subject import Subject, place
from supernet.network import Network

BATCHES, BATCH = 3, 8
TOLERANCE = 1e-3  # of the average's own size; two ways to sum in float32
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def statistics_are_re_estimated(subject: Subject) -> str:
    """Compare `Supernet.calibrate` with averages taken by hooks, and the outputs before and after it."""
    supernet = subject.stirred.eval()
    for arch in subject.archs:
        batches = [subject.images(arch, batch=BATCH, seed=10 + index) for index in range(BATCHES)]
        expected = averages(supernet.extract(arch), batches)
        if not expected:
            raise NotApplicableError("the networks have no batch norms")
        supernet.statistics.clear()
        with torch.no_grad():
            stale = supernet(batches[0], arch)
        found = supernet.calibrate(arch, batches)
        supernet.eval()
        for name, value in expected.items():
            _compare(f"{place(arch)}, {name}", value, found.get(name))
        with torch.no_grad():
            if torch.equal(supernet(batches[0], arch), stale):
                raise CounterexampleError(
                    f"{place(arch)}, evaluation mode",
                    expected="another output with re-estimated statistics than with mean 0 and variance 1",
                    found="the same",
                )
    supernet.statistics.clear()
    return f"{len(subject.archs)} sub-networks"


def norms_use_their_batch(subject: Subject) -> str:
    """Recompute every batch norm's output in training mode from the mean and variance of its input."""
    supernet, count = subject.stirred, 0
    for arch in subject.archs:
        network, frozen = supernet.extract(arch).train(), list[str]()
        norms = {name: part for name, part in network.named_modules() if isinstance(part, _NORMS)}
        for name, part in norms.items():
            part.register_forward_hook(partial(_note_frozen, frozen, name))
        with torch.no_grad():
            network(subject.images(arch, batch=BATCH))
        if frozen:
            raise CounterexampleError(
                f"{place(arch)}, {frozen[0]}, training mode",
                expected="a norm by the mean and variance of its batch",
                found="another output: a frozen norm",
            )
        count += len(norms)
    if not count:
        raise NotApplicableError("the networks have no batch norms")
    return f"{count} norms"


def _note_frozen(frozen: list[str], name: str, norm: nn.Module, inputs: tuple[Tensor, ...], out: Tensor) -> None:
    assert isinstance(norm, _NORMS)
    x = inputs[0].transpose(0, 1).flatten(1).double()
    centred = x - x.mean(dim=1, keepdim=True)
    wanted = centred / (x.var(dim=1, unbiased=False, keepdim=True) + norm.eps).sqrt()
    wanted = wanted * norm.weight.double()[:, None] + norm.bias.double()[:, None]
    gap = float((out.transpose(0, 1).flatten(1).double() - wanted).abs().max())
    if not gap <= TOLERANCE * max(1.0, float(wanted.abs().max())):
        frozen.append(name)


def averages(network: Network, batches: Sequence[Tensor]) -> dict[str, Tensor]:
    """Mean and variance of what enters each batch norm in training mode, averaged over the batches, in float64."""
    sums: dict[str, Tensor] = {}
    norms = {name: part for name, part in network.named_modules() if isinstance(part, _NORMS)}

    def note(name: str, inputs: tuple[Tensor, ...]) -> None:
        x = inputs[0].transpose(0, 1).flatten(1).double()
        for key, value in (("mean", x.mean(dim=1)), ("var", x.var(dim=1, unbiased=True))):
            key = f"{name}.running_{key}"
            sums[key] = sums.get(key, torch.zeros(())) + value / len(batches)

    for name, part in norms.items():
        part.register_forward_pre_hook(lambda _, inputs, name=name: note(name, inputs))
    network.train()
    with torch.no_grad():
        for images in batches:
            network(images)
    return sums


def _compare(where: str, expected: Tensor, found: Tensor | None) -> None:
    if found is None:
        raise CounterexampleError(where, expected="a re-estimated statistic", found="none")
    gap = float((found.double() - expected).abs().max())
    if not gap <= TOLERANCE * max(1e-6, float(expected.abs().max())):
        raise CounterexampleError(
            where, expected="the cumulative average over the batches", found=f"values up to {gap:.3g} off"
        )
