"""What is examined: a space with a supernet of it, trained or fresh, and sub-networks that stand for the others."""

import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from search_space import ArchConfig, OperatorSpec, SearchSpace, named_space, operators
from supernet.building import build_operator
from supernet.doctor.around import find_space
from supernet.layers import initial_values
from supernet.supernet import Supernet
from supernet.training.ledger import Ledger
from supernet.weights.checkpoint import load_supernet, read_manifest

RANDOM_MEMBERS, QUICK_MEMBERS = 6, 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A supernet under examination; everything random comes from `seed`.

    `origin` is how another process comes by the same supernet (see `Subject.named`), empty where none can.
    `recipe` and `ledger` are those of the training, if there was one. `quick` looks at fewer sub-networks.
    """

    supernet: Supernet
    origin: str = ""
    recipe: str | None = None
    ledger: Ledger | None = None
    quick: bool = False
    seed: int = 0

    @classmethod
    def named(cls, origin: str, *, quick: bool = False, seed: int = 0) -> "Subject":
        """`space:digits`, `supernet:DIR` (a folder of `nas train`) or `part:linear` (see `around.find_space`).

        Raises:
            ValueError: no such thing; says what is known.
        """
        kind, _, name = origin.partition(":")
        if kind == "supernet":
            manifest = read_manifest(Path(name))
            return cls(
                supernet=load_supernet(Path(name)),
                origin=origin,
                recipe=manifest["config"]["recipe"],
                ledger=Ledger.from_dict(manifest["ledger"]),
                quick=quick,
                seed=seed,
            )
        space = named_space(name) if kind == "space" else find_space(name)
        return cls(supernet=Supernet(space, seed=seed).eval(), origin=origin, quick=quick, seed=seed)

    @property
    def space(self) -> SearchSpace:
        """The space whose members are looked at."""
        return self.supernet.space

    @property
    def trained(self) -> bool:
        """Whether the weights come from a training; fresh ones leave residual branches at zero."""
        return self.ledger is not None

    @cached_property
    def archs(self) -> tuple[ArchConfig, ...]:
        """The smallest member, the largest, and random ones."""
        rng, count = np.random.default_rng(self.seed), QUICK_MEMBERS if self.quick else RANDOM_MEMBERS
        drawn = (self.space.sample(rng) for _ in range(count))
        return tuple(dict.fromkeys([self.space.smallest(), self.space.largest(), *drawn]))

    @cached_property
    def stirred(self) -> Supernet:
        """A copy of the supernet in which no parameter is constant, so that no branch is silent.

        Fresh residual branches end in a scale of 0; here it is small, which keeps deep networks finite.
        """
        found = copy.deepcopy(self.supernet)
        stir(found, seed=self.seed)
        return found.eval()

    def images(self, arch: ArchConfig, *, batch: int = 4, seed: int = 0) -> Tensor:
        """Random images (batch, in_channels, H, W) for a member."""
        generator = torch.Generator().manual_seed(1000 * self.seed + seed)
        return torch.randn((batch, arch.in_channels, *arch.resolution), generator=generator)


@torch.no_grad()
def stir(supernet: Supernet, *, seed: int, redraw: bool = False) -> None:
    """Draw anew what starts as a constant: scales about 1, those that end a residual branch about 0.3, the rest 0.

    With `redraw` the other weights, too.
    """
    generator = torch.Generator().manual_seed(seed)
    starts = start_values(supernet)
    for key, parameter in supernet.shared.items():
        start = starts.get(key, "he")
        if start == "one":
            parameter.uniform_(0.7, 1.3, generator=generator)
        elif start == "zero" and key.endswith("norm/weight"):
            parameter.uniform_(0.1, 0.5, generator=generator)
        elif start == "zero":
            parameter.normal_(std=0.1, generator=generator)
        elif redraw:
            parameter.normal_(std=(2.0 / parameter[0].numel()) ** 0.5, generator=generator)


def start_values(supernet: Supernet) -> dict[str, str]:
    """How each shared parameter starts: `he`, `small`, `one` or `zero`."""
    found: dict[str, str] = {}
    known: dict[OperatorSpec, dict[str, str]] = {}
    for arch in supernet.space.covering_archs():
        for read in supernet.reads(arch):
            if read.key not in found:
                if read.op not in known:
                    known[read.op] = initial_values(skeleton(read.op))
                found[read.key] = known[read.op][read.name]
    return found


@lru_cache(maxsize=4096)
def skeleton(op: OperatorSpec) -> torch.nn.Module:
    """The module of an operator without storage, for looking at."""
    with torch.device("meta"):
        return build_operator(op)


def words(op: OperatorSpec) -> str:
    """An operator for people: kind, attention, channels and map."""
    maps = ", ".join(f"{c} x {h} x {w}" for c, h, w in op.inputs)
    return f"{op.part.role} {op.part.describe()}, {maps} to {op.out_channels} channels"


def place(arch: ArchConfig, path: str = "") -> str:
    """A sub-network, and a place in it, for people."""
    return f"sub-network {arch.arch_id}{', ' if path else ''}{path}"


def distinct_operators(archs: tuple[ArchConfig, ...]) -> dict[OperatorSpec, tuple[ArchConfig, str]]:
    """Every operator of these networks with the first place where it occurs."""
    found: dict[OperatorSpec, tuple[ArchConfig, str]] = {}
    for arch in archs:
        for path, op in operators(arch):
            found.setdefault(op, (arch, path))
    return found
