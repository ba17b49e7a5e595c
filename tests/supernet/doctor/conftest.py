"""Defects planted in the real code, and what the doctor says of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

import search_space
import supernet.attention
import supernet.doctor.sharing
import supernet.doctor.subject
import supernet.supernet
from search_space.operators import operator_cost, operator_cost_vector
from supernet import Supernet
from supernet.attention.linear import LinearAttentionBlock
from supernet.doctor import CHECKS, Subject, Verdict, space_around

HERE = Path(__file__).parent
BY_NAME = {check.name: check for check in CHECKS}
Plant = Callable[[pytest.MonkeyPatch], None]


def _forget_modules() -> None:
    """Empty what keeps modules, coordinates and costs of operators."""
    for cached in (
        supernet.supernet._skeleton,
        supernet.supernet._describe,
        supernet.doctor.subject.skeleton,
        supernet.doctor.sharing._named,
        supernet.doctor.sharing._useful,
        operator_cost,
        operator_cost_vector,
    ):
        cached.cache_clear()


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A patch of the code that is examined; no module made before or with it is remembered."""
    _forget_modules()
    yield monkeypatch
    monkeypatch.undo()
    _forget_modules()


@pytest.fixture
def own_type() -> Iterator[str]:
    """A type that exists while a test runs, by the file that defines it."""
    yield f"{HERE / 'own_attention.py'}:CHOICES"
    for registry in (search_space.ATTENTION, supernet.attention.ATTENTION):
        registry.pop("own_single_head", None)  # type: ignore[attr-defined]


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    """`verdict(check, quick=False)` on a fresh supernet around linear attention."""

    def found(name: str, *, quick: bool = False) -> Verdict:
        return BY_NAME[name].run(Subject(supernet=Supernet(space_around("linear")).eval(), quick=quick))

    return found


@pytest.fixture
def is_found(planted: pytest.MonkeyPatch, verdict: Callable[..., Verdict]) -> Callable[[Plant, str, str], None]:
    """`is_found(plant, check, words)`: a planted defect fails that check, whose example names the words."""

    def check(plant: Plant, name: str, words: str) -> None:
        plant(planted)
        found = verdict(name, quick=name == "reached")  # in full it tries other weights for every number
        assert found.passed is False
        assert words in found.where
        assert found.expected
        assert found.found

    return check


def _forgotten_scale(patch: pytest.MonkeyPatch) -> None:
    """The raw tokens stand in for the last scale's."""

    def forward(self: LinearAttentionBlock, x_BCHW: Tensor) -> Tensor:
        qkv = self.qkv(x_BCHW)
        branches = torch.cat([qkv, *(qkv for _ in self.aggregate)], dim=1)
        heads = branches.reshape(len(x_BCHW), -1, 3 * self.config.head_dim, x_BCHW[0, 0].numel())
        q, k, v = heads.split(self.config.head_dim, dim=2)
        out = supernet.attention.linear.relu_attention(q, k, v, self.eps)
        projected: Tensor = self.proj(out.reshape(len(x_BCHW), -1, *x_BCHW.shape[2:]))
        return projected

    patch.setattr(LinearAttentionBlock, "forward", forward)


@pytest.fixture(scope="session")
def forgotten_scale() -> Plant:
    """The raw tokens stand in for the last scale's."""
    return _forgotten_scale
