"""What may be chosen at one level of the pyramid, as genes: small integers that pick from tuples of values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product as cartesian

from search_space.arch import LevelConfig
from search_space.attention import AttentionChoices, AttentionConfig

# places of a level's genes among its own; from SETTINGS on those of each attention type in turn
PRESENT, WIDTH, DEPTH, DOWNSAMPLE, BLOCK, EXPAND, KERNEL, ATTENTION, SETTINGS = range(9)


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
        indices += self._encode_attention(level)
        if self.decode(indices) != level:
            raise ValueError(f"level at stride {self.stride}: {level} is not in the space")
        return tuple(indices)

    def _encode_attention(self, level: LevelConfig) -> list[int]:
        """Gene indices of the settings of every attention type, 0 for the types that the level does not have."""
        indices = list[int]()
        for choices in self.attentions:
            if choices is None:
                continue
            if level.attention is None or choices.type != level.attention.type:
                indices += [0] * len(choices.genes())
                continue
            options = _attention_options(choices, level.width)
            if level.attention not in options:
                raise ValueError(f"level at stride {self.stride}: attention {level.attention} is not in the space")
            indices += options[level.attention]
        return indices

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


@lru_cache(maxsize=1024)
def _attention_options(choices: AttentionChoices, width: int) -> dict[AttentionConfig, list[int]]:
    """Each distinct setting at `width` with the first gene indices that decode to it."""
    options: dict[AttentionConfig, list[int]] = {}
    genes = choices.genes()
    for indices in cartesian(*(range(len(values)) for values in genes.values())):
        options.setdefault(choices.decode(dict(zip(genes, indices, strict=True)), width), list(indices))
    return options
