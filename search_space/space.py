"""`SearchSpace`: what may be chosen, as a fixed-length genotype of small integers.

Every genotype decodes to a member; genes that the decoded network does not use change nothing, so several genotypes
may decode to one `ArchConfig`. `encode` returns the canonical one, with unused genes at 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product as cartesian
from math import prod

import numpy as np

from search_space.arch import ArchConfig, LevelConfig
from search_space.attention import AttentionChoices, AttentionConfig
from search_space.heads import HeadConfig
from search_space.operators import arch_cost, arch_cost_vector
from search_space.published import published

Genotype = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Gene:
    """One choice: its name (`levels.16.width`) and the values an index picks from."""

    name: str
    choices: tuple[object, ...]


@dataclass(frozen=True, kw_only=True)
class LevelChoices:
    """What may be chosen at one level; order every tuple from cheap to expensive.

    `attentions` lists attention types with their own choices, None meaning a level without attention.
    An `optional` level may be left out together with all below it.
    """

    stride: int
    widths: tuple[int, ...]
    depths: tuple[int, ...]
    downsamples: tuple[tuple[str, int], ...] = (("conv", 1),)
    blocks: tuple[str, ...] = ("none",)
    expands: tuple[int, ...] = (1,)
    kernels: tuple[int, ...] = (3,)
    attentions: tuple[AttentionChoices | None, ...] = (None,)
    fewer_norm: bool = False
    optional: bool = False

    @cached_property
    def genes(self) -> tuple[Gene, ...]:
        """The genes of the level, in genotype order."""
        plain: dict[str, tuple[object, ...]] = {
            "present": (False, True) if self.optional else (True,),
            "width": self.widths,
            "depth": self.depths,
            "downsample": self.downsamples,
            "block": self.blocks,
            "expand": self.expands,
            "kernel": self.kernels,
            "attention": tuple(choices.type if choices else "none" for choices in self.attentions),
        }
        for choices in self.attentions:
            if choices:
                plain |= {f"{choices.type}.{name}": options for name, options in choices.genes().items()}
        return tuple(Gene(name=f"levels.{self.stride}.{name}", choices=options) for name, options in plain.items())

    def decode(self, indices: Sequence[int]) -> LevelConfig | None:
        """The level that these gene indices describe, or None when it is left out."""
        present, width_index, depth, downsample, block, expand, kernel, attention, *settings = indices
        if self.optional and not present:
            return None
        width = self.widths[width_index]
        op, op_expand = self.downsamples[downsample]
        return LevelConfig(
            stride=self.stride,
            width=width,
            depth=self.depths[depth],
            downsample=op,
            downsample_expand=op_expand,
            block=self.blocks[block],
            expand=self.expands[expand],
            kernel=self.kernels[kernel],
            attention=self._attention(attention, settings, width),
            fewer_norm=self.fewer_norm,
        )

    def _attention(self, chosen: int, settings: Sequence[int], width: int) -> AttentionConfig | None:
        start = 0
        for position, choices in enumerate(self.attentions):
            if choices is None:
                continue
            names = choices.genes()
            if position == chosen:
                part = settings[start : start + len(names)]
                return choices.decode(dict(zip(names, part, strict=True)), width)
            start += len(names)
        return None

    def encode(self, level: LevelConfig | None) -> tuple[int, ...]:
        """Canonical gene indices of a level.

        Raises:
            ValueError: the level is not among the choices; the message names the field.
        """
        if level is None:
            if not self.optional:
                raise ValueError(f"level at stride {self.stride} is missing")
            return (0,) * len(self.genes)
        attention = level.attention.type if level.attention else "none"
        block = "evit" if level.block == "mbconv" and "evit" in self.blocks else level.block
        known = [choices.type if choices else "none" for choices in self.attentions]
        indices = [
            int(self.optional),
            self._index("width", level.width, self.widths),
            self._index("depth", level.depth, self.depths),
            self._index("downsample", (level.downsample, level.downsample_expand), self.downsamples),
        ]
        if not level.depth:
            indices += [0, 0, 0, 0]
        else:
            indices += [
                self._index("block", block, self.blocks),
                self._index("expand", level.expand, self.expands),
                self._index("kernel", level.kernel, self.kernels),
                self._index("attention", attention, known),
            ]
        for choices in self.attentions:
            if choices is None:
                continue
            genes = choices.genes()
            if choices.type != attention:
                indices += [0] * len(genes)
                continue
            options = _attention_options(choices, level.width)
            if level.attention not in options:
                raise ValueError(f"level at stride {self.stride}: attention {level.attention} is not in the space")
            indices += options[level.attention]
        if self.decode(indices) != level:
            raise ValueError(f"level at stride {self.stride}: {level} is not in the space")
        return tuple(indices)

    def _index(self, field: str, value: object, choices: Sequence[object]) -> int:
        if value not in choices:
            raise ValueError(f"level at stride {self.stride}: {field} {value!r} is not among {tuple(choices)}")
        return list(choices).index(value)

    @cached_property
    def size(self) -> int:
        """Exact number of distinct levels, being left out among them when optional."""
        with_depth = sum(depth > 0 for depth in set(self.depths))
        total = 0
        for width in set(self.widths):
            blocks = {
                replace(self._probe, width=width, block=block, attention=attention)
                for block in self.blocks
                for attention in self._attentions_at(width)
                if block != "none"
            }
            shapes = sum(
                len(set(self.kernels)) * (len(set(self.expands)) if replace(block, expand=97).expand == 97 else 1)
                for block in blocks
            )
            total += (0 in self.depths) + with_depth * shapes
        return total * len(set(self.downsamples)) + self.optional

    @property
    def _probe(self) -> LevelConfig:
        return LevelConfig(stride=self.stride, width=1, depth=1, block="sandwich", fewer_norm=self.fewer_norm)

    def _attentions_at(self, width: int) -> set[AttentionConfig | None]:
        found: set[AttentionConfig | None] = set()
        for choices in self.attentions:
            found |= set(_attention_options(choices, width)) if choices else {None}
        return found

    def covering(self) -> Iterator[LevelConfig]:
        """Levels whose parameters together include those of every level that may be chosen."""
        for width in sorted(set(self.widths), reverse=True):
            attentions = self._attentions_at(width)
            if width != max(self.widths):  # settings that the widest level cannot have, such as 3 heads
                attentions -= self._attentions_at(max(self.widths))
            for attention in sorted(attentions, key=str):
                for block in self.blocks:
                    yield self._widest(width, block, attention, self.downsamples[-1])
        for downsample in self.downsamples[:-1]:
            yield self._widest(max(self.widths), "none", None, downsample)

    def _widest(
        self, width: int, block: str, attention: AttentionConfig | None, downsample: tuple[str, int]
    ) -> LevelConfig:
        return LevelConfig(
            stride=self.stride,
            width=width,
            depth=max(self.depths) if block != "none" else 0,
            downsample=downsample[0],
            downsample_expand=downsample[1],
            block=block,
            expand=max(self.expands),
            kernel=max(self.kernels),
            attention=attention,
            fewer_norm=self.fewer_norm,
        )


def _attention_options(choices: AttentionChoices, width: int) -> dict[AttentionConfig, list[int]]:
    """Each distinct setting at `width` with the first gene indices that decode to it."""
    options: dict[AttentionConfig, list[int]] = {}
    genes = choices.genes()
    for indices in cartesian(*(range(len(values)) for values in genes.values())):
        options.setdefault(choices.decode(dict(zip(genes, indices, strict=True)), width), list(indices))
    return options


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
        heads = tuple(replace(head, classes=classes) for head in self.heads)
        if (heads, in_channels, sizes) == (self.heads, self.in_channels, self.resolutions):
            return self
        return replace(self, heads=heads, in_channels=in_channels, resolutions=sizes)

    @cached_property
    def published_members(self) -> dict[str, ArchConfig]:
        """The published models that belong to the space, with its classes, input channels and epsilons."""
        found = {}
        for name in self.members:
            arch = published(name)
            assert arch.head is not None
            head = replace(arch.head, classes=self.heads[0].classes)
            found[name] = replace(arch, head=head, in_channels=self.in_channels, attention_eps=self.attention_eps)
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
        levels, start = [], 3
        for choices in self.levels:
            level = choices.decode(genotype[start : start + len(choices.genes)])
            start += len(choices.genes)
            if level is None:
                break
            levels.append(level)
        side = self.resolutions[genotype[0]]
        return ArchConfig(
            levels=tuple(levels),
            head=self.heads[genotype[2]],
            resolution=(side, side),
            activation=self.activations[genotype[1]],
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
        if self.decode(genotype) != arch:
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
        side = (max(self.resolutions),) * 2
        pyramids = [
            (*widest[:position], level, *widest[position + 1 :])
            for position, choices in enumerate(self.levels)
            for level in choices.covering()
        ]
        plans = [(pyramid, self.heads[0]) for pyramid in pyramids]
        # a level above an optional one may end the pyramid and feed the head
        ends = [widest, *(widest[:end] for end, level in enumerate(self.levels) if level.optional)]
        plans += [(pyramid, head) for pyramid in ends for head in self.heads]
        return tuple(
            ArchConfig(
                levels=levels,
                head=head,
                resolution=side,
                activation=self.activations[0],
                in_channels=self.in_channels,
                norm_eps=self.norm_eps,
                attention_eps=self.attention_eps,
            )
            for levels, head in plans
        )
