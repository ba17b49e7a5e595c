"""`SearchSpace`: what may be chosen, as a fixed-length genotype of small integers.

Every genotype decodes to a member; genes that the decoded network does not use change nothing, so several genotypes
may decode to one `ArchConfig`. `encode` returns the canonical one, with unused genes at 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from search_space.arch import ArchConfig
from search_space.choices import Gene, LevelChoices
from search_space.heads import HeadConfig
from search_space.level import LevelConfig
from search_space.operators import arch_cost, arch_cost_vector
from search_space.published import published

Genotype = tuple[int, ...]
FIRST_LEVEL = 3  # resolution, activation and head come before the genes of the levels


@dataclass(frozen=True, kw_only=True)
class SearchSpace:
    """A family of networks. All randomness comes from the `rng` passed in."""

    name: str
    levels: tuple[LevelChoices, ...]
    heads: tuple[HeadConfig, ...]
    resolutions: tuple[int, ...]
    activations: tuple[str, ...] = ("hswish",)
    in_channels: int = 3
    norm_eps: float = 1e-5
    attention_eps: float = 1e-15
    members: tuple[str, ...] = ()  # published models that belong to the space

    def for_data(
        self, *, classes: int, in_channels: int, resolutions: tuple[int, ...] | None = None
    ) -> "SearchSpace":
        """The same space for images of `in_channels` channels and that many classes, if given at other sizes."""
        sizes = resolutions or self.resolutions
        heads = tuple(head.for_classes(classes) for head in self.heads)
        if (heads, in_channels, sizes) == (self.heads, self.in_channels, self.resolutions):
            return self
        return replace(self, heads=heads, in_channels=in_channels, resolutions=sizes)

    def with_epsilons(self, *, attention_eps: float, conv_norm_eps: float | None) -> "SearchSpace":
        """The same space with those epsilons of linear attention and of MIT heads that weights were trained with."""
        heads = tuple(head.with_conv_norm_eps(conv_norm_eps) for head in self.heads)
        return replace(self, attention_eps=attention_eps, heads=heads)

    @property
    def conv_norm_eps(self) -> float | None:
        """Epsilon of the first batch norm in MIT heads; None where it is the network's, or there are none."""
        return next((head.conv_norm_eps for head in self.heads if head.conv_norm_eps is not None), None)

    @property
    def of_imagenet(self) -> bool:
        """Whether its networks tell the 1000 classes of ImageNet apart in colour images, as published ones do."""
        return self.in_channels == 3 and all(head.classes == 1000 and not head.strides for head in self.heads)

    @cached_property
    def published_members(self) -> dict[str, ArchConfig]:
        """The published models that belong to the space, with its classes, input channels and epsilons.

        Each at the offered input size that is nearest to its own.
        """
        found = {}
        for name in self.members:
            arch = published(name)
            assert arch.head is not None
            head = arch.head.for_classes(self.heads[0].classes)
            _, side = min((abs(offered - arch.resolution[0]), offered) for offered in self.resolutions)
            found[name] = replace(
                arch,
                resolution=(side, side),
                head=head.with_conv_norm_eps(self.conv_norm_eps),
                in_channels=self.in_channels,
                norm_eps=self.norm_eps,
                attention_eps=self.attention_eps,
            )
        return found

    @cached_property
    def genes(self) -> tuple[Gene, ...]:
        """All genes: resolution, activation, head, then each level's."""
        return (
            Gene(name="resolution", choices=self.resolutions),
            Gene(name="activation", choices=self.activations),
            Gene(name="head", choices=self.heads),
            *(gene for level in self.levels for gene in level.genes),
        )

    @cached_property
    def _cardinalities(self) -> np.ndarray:
        return np.array([len(gene.choices) for gene in self.genes])

    def decode(self, genotype: Sequence[int]) -> ArchConfig:
        """The network that a genotype describes.

        Raises:
            ValueError: wrong length, or an index outside a gene's choices.
        """
        if len(genotype) != len(self.genes):
            raise ValueError(f"space {self.name} has {len(self.genes)} genes, got {len(genotype)}")
        for index, gene in zip(genotype, self.genes, strict=True):
            if not 0 <= index < len(gene.choices):
                raise ValueError(f"gene {gene.name} has choices 0 to {len(gene.choices) - 1}, got {index}")
        levels, start = [], FIRST_LEVEL
        for choices in self.levels:
            level = choices.decode(genotype[start : start + len(choices.genes)])
            start += len(choices.genes)
            if level is None:
                break
            levels.append(level)
        return self._arch(
            levels,
            head=self.heads[genotype[2]],
            side=self.resolutions[genotype[0]],
            activation=self.activations[genotype[1]],
        )

    def _arch(self, levels: Sequence[LevelConfig], *, head: HeadConfig, side: int, activation: str) -> ArchConfig:
        return ArchConfig(
            levels=tuple(levels),
            head=head,
            resolution=(side, side),
            activation=activation,
            in_channels=self.in_channels,
            norm_eps=self.norm_eps,
            attention_eps=self.attention_eps,
        )

    def encode(self, arch: ArchConfig) -> Genotype:
        """The canonical genotype of a member.

        Raises:
            ValueError: `arch` is not a member; the message names the first choice that is not offered.
        """
        if arch.resolution[0] != arch.resolution[1] or arch.resolution[0] not in self.resolutions:
            raise ValueError(f"resolution {arch.resolution} is not among {self.resolutions} of space {self.name}")
        if arch.activation not in self.activations:
            raise ValueError(f"activation {arch.activation!r} is not among {self.activations}")
        if arch.head not in self.heads:
            raise ValueError(f"head {arch.head} is not offered by space {self.name}")
        genotype = [
            self.resolutions.index(arch.resolution[0]),
            self.activations.index(arch.activation),
            self.heads.index(arch.head),
        ]
        for position, choices in enumerate(self.levels):
            level = arch.levels[position] if position < len(arch.levels) else None
            genotype += choices.encode(level)
        same = self._arch(arch.levels, head=arch.head, side=arch.resolution[0], activation=arch.activation)
        if len(arch.levels) > len(self.levels) or same != arch:
            raise ValueError(f"architecture {arch.arch_id} is not in space {self.name}")
        return tuple(genotype)

    def __contains__(self, arch: ArchConfig) -> bool:
        try:
            self.encode(arch)
        except ValueError:
            return False
        return True

    @cached_property
    def size(self) -> int:
        """Exact number of distinct architectures.

        Levels are independent of one another, except that a missing optional level leaves out all below it.
        """
        below = 1
        for level in reversed(self.levels):
            below = (level.size - level.optional) * below + level.optional
        return below * prod(len(set(choices)) for choices in (self.resolutions, self.activations, self.heads))

    def sample_genotype(self, rng: np.random.Generator) -> Genotype:
        """A genotype with every gene uniform and independent."""
        return tuple(rng.integers(self._cardinalities).tolist())

    def sample(self, rng: np.random.Generator) -> ArchConfig:
        """A random member: every gene uniform and independent."""
        return self.decode(self.sample_genotype(rng))

    def mutate(self, arch: ArchConfig, rng: np.random.Generator, *, rate: float = 0.1) -> ArchConfig:
        """A member that differs from `arch`: each gene is redrawn with probability `rate`, at least one is."""
        genotype = np.array(self.encode(arch))
        while True:
            redraw = rng.random(len(genotype)) < rate
            redraw[rng.integers(len(genotype))] = True
            child = self.decode(np.where(redraw, rng.integers(self._cardinalities), genotype).tolist())
            if child != arch or self.size == 1:
                return child

    def crossover(self, first: ArchConfig, second: ArchConfig, rng: np.random.Generator) -> ArchConfig:
        """A member that takes each gene from one of two parents with equal chance."""
        take = rng.random(len(self.genes)) < 0.5
        return self.decode(np.where(take, self.encode(first), self.encode(second)).tolist())

    def features(self, arch: ArchConfig) -> np.ndarray:
        """Feature vector of a member for surrogate models, shape (genes + len(COST_FIELDS),).

        The canonical genotype scaled to [0, 1], then log(1 + cost) of every cost field.

        Raises:
            ValueError: `arch` is not a member.
        """
        genes = np.array(self.encode(arch)) / np.maximum(1, self._cardinalities - 1)
        return np.concatenate([genes, np.log1p(arch_cost_vector(arch))])

    def largest(self) -> ArchConfig:
        """A member with the most multiply-adds that coordinate ascent finds; the upper end of the sandwich rule."""
        return self._extremes[1]

    def smallest(self) -> ArchConfig:
        """A member with the fewest multiply-adds that coordinate descent finds."""
        return self._extremes[0]

    @cached_property
    def _extremes(self) -> tuple[ArchConfig, ArchConfig]:
        start = (0,) * len(self.genes), tuple(int(n) - 1 for n in self._cardinalities)
        return self.decode(self._climb(start[0], -1)), self.decode(self._climb(start[1], 1))

    def _climb(self, genotype: Genotype, sign: int) -> Genotype:
        for _ in range(3):
            before = genotype
            for position, gene in enumerate(self.genes):
                options = [(*genotype[:position], i, *genotype[position + 1 :]) for i in range(len(gene.choices))]
                genotype = max(options, key=lambda option: sign * arch_cost(self.decode(option)).macs)
            if genotype == before:
                break
        return genotype

    def covering_archs(self) -> tuple[ArchConfig, ...]:
        """Members whose parameters together include those of every member: what a supernet has to hold.

        Each varies one level over `LevelChoices.covering`, the other levels at their widest; heads vary likewise.
        """
        widest = tuple(next(iter(level.covering())) for level in self.levels)
        pyramids = [
            (*widest[:position], level, *widest[position + 1 :])
            for position, choices in enumerate(self.levels)
            for level in choices.covering()
        ]
        plans = [(pyramid, self.heads[0]) for pyramid in pyramids]
        # a level above an optional one may end the pyramid and feed the head
        ends = [widest, *(widest[:end] for end, level in enumerate(self.levels) if level.optional)]
        plans += [(pyramid, head) for pyramid in ends for head in self.heads]
        side, activation = max(self.resolutions), self.activations[0]
        return tuple(self._arch(levels, head=head, side=side, activation=activation) for levels, head in plans)
