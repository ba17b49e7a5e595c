"""What may be chosen at one level of the pyramid, as genes: small integers that pick from tuples of values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from itertools import product as cartesian
from typing import Any, NamedTuple

from search_space.attention import AttentionChoices, AttentionConfig
from search_space.blocks import BlockChoices, BlockConfig
from search_space.downsamples import ConvDownsample, DownsampleConfig
from search_space.level import LevelConfig, shortest_pattern

COMMON: dict[str, tuple[object, ...]] = {"expand": (1,), "kernel": (3,)}
"""Genes of the blocks that every level has, with their only choice where no block names them."""
_Options = dict[tuple[BlockConfig, ...], dict[str, int]]
Pattern = BlockChoices | tuple[BlockChoices, ...]


@dataclass(frozen=True, kw_only=True)
class Gene:
    """One choice: its name (`levels.16.width`) and the values an index picks from."""

    name: str
    choices: tuple[object, ...]


class Setting(NamedTuple):
    """One choice of blocks: the pattern's index, those of its own genes by name, and the attention's or None."""

    pattern: int
    indices: Mapping[str, int]
    attention: int | None


@dataclass(frozen=True, kw_only=True)
class LevelChoices:
    """What may be chosen at one level; order every tuple from cheap to expensive.

    `blocks` lists what the level may repeat: choices of one block, or a pattern of several that alternate. An
    `optional` level may be left out together with all below it.

    Raises:
        ValueError: downsamples of different strides, or blocks that offer different choices for one gene.
    """

    stride: int
    widths: tuple[int, ...]
    depths: tuple[int, ...] = (0,)
    downsamples: tuple[DownsampleConfig, ...] = field(default_factory=lambda: (ConvDownsample(),))
    blocks: tuple[Pattern, ...] = ()
    optional: bool = False

    def __post_init__(self) -> None:
        if len({each.stride for each in self.downsamples}) != 1:
            raise ValueError(f"level at stride {self.stride}: its downsamples must have one stride")
        if any(self.depths) and not self.blocks:
            raise ValueError(f"level at stride {self.stride}: depths {self.depths} need blocks")
        offered: dict[str, tuple[object, ...]] = {}
        for block in self._each_block():
            for name, options in [*block.genes().items(), *_attention_gene(block)]:
                if offered.setdefault(name, options) != options:
                    raise ValueError(f"level at stride {self.stride}: its blocks offer different choices of {name}")

    def __getstate__(self) -> dict[str, Any]:
        """Without what is remembered, so that a space sent to another process stays small."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def _each_block(self) -> Iterator[BlockChoices]:
        for index in range(len(self.blocks)):
            yield from self.pattern(index)

    def pattern(self, index: int) -> tuple[BlockChoices, ...]:
        """The blocks that alternate in the pattern of that index."""
        found = self.blocks[index]
        return found if isinstance(found, tuple) else (found,)

    def offering(self, options: Mapping[str, tuple[object, ...]]) -> "LevelChoices":
        """The same level whose blocks offer other choices, by field: `{"kernels": (3,)}`, of those that they have."""
        blocks = tuple(
            tuple(_offering(block, options) for block in self.pattern(index)) for index in range(len(self.blocks))
        )
        return replace(self, blocks=tuple(each[0] if len(each) == 1 else each for each in blocks))

    @cached_property
    def attentions(self) -> tuple[AttentionChoices | None, ...]:
        """Attention types with their own choices, None meaning without; (None,) where no block has room for any."""
        return next((block.attentions for block in self._each_block() if block.attentions), (None,))

    def has_attention(self, pattern: int) -> bool:
        """Whether a block of that pattern has room for attention."""
        return self._attended[pattern]

    @cached_property
    def _attended(self) -> tuple[bool, ...]:
        return tuple(any(each.attentions for each in self.pattern(index)) for index in range(len(self.blocks)))

    @cached_property
    def own_genes(self) -> tuple[tuple[str, ...], ...]:
        """For each pattern the names of its blocks' genes, those of attention aside."""
        return tuple(
            tuple(dict.fromkeys(name for block in self.pattern(index) for name in block.genes()))
            for index in range(len(self.blocks))
        )

    @cached_property
    def block_genes(self) -> dict[str, tuple[object, ...]]:
        """All genes of the blocks, those of attention aside."""
        found = dict(COMMON)
        for block in self._each_block():
            found |= block.genes()
        return found

    @cached_property
    def choices(self) -> dict[str, tuple[object, ...]]:
        """The genes of the level by name, in genotype order."""
        names = tuple("+".join(block.type for block in self.pattern(index)) for index in range(len(self.blocks)))
        attention = tuple(choices.type if choices else "none" for choices in self.attentions)
        found: dict[str, tuple[object, ...]] = {
            "present": (False, True) if self.optional else (True,),
            "width": self.widths,
            "depth": self.depths,
            "downsample": self.downsamples,
            "block": names or ("none",),
            **{name: self.block_genes[name] for name in COMMON},
            "attention": attention,
            **self.block_genes,
        }
        for choices in self.attentions:
            if choices:
                found |= {f"{choices.type}.{name}": options for name, options in choices.genes().items()}
        return found

    @cached_property
    def genes(self) -> tuple[Gene, ...]:
        """The genes of the level, in genotype order."""
        return tuple(
            Gene(name=f"levels.{self.stride}.{name}", choices=options) for name, options in self.choices.items()
        )

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each gene of the level is among them."""
        return {name: index for index, name in enumerate(self.choices)}

    def decode(self, indices: Sequence[int]) -> LevelConfig | None:
        """The level that these gene indices describe, or None when it is left out."""
        key = tuple(indices)
        if key not in self._decoded:
            _forget(self._decoded)
            self._decoded[key] = self._decode(key)
        return self._decoded[key]

    @cached_property
    def _decoded(self) -> dict[tuple[int, ...], LevelConfig | None]:
        """What `decode` gave before: networks of a search share most of their levels."""
        return {}

    def _decode(self, indices: tuple[int, ...]) -> LevelConfig | None:
        chosen = dict(zip(self.choices, indices, strict=True))
        if self.optional and not chosen["present"]:
            return None
        width, depth = self.widths[chosen["width"]], self.depths[chosen["depth"]]
        blocks: tuple[BlockConfig, ...] = ()
        if depth:
            attention = self._attention(chosen, width) if self.has_attention(chosen["block"]) else None
            blocks = self.repeated(chosen["block"], chosen, attention)
        return LevelConfig(
            stride=self.stride,
            width=width,
            depth=depth,
            downsample=self.downsamples[chosen["downsample"]],
            blocks=blocks,
        )

    def repeated(
        self, pattern: int, indices: Mapping[str, int], attention: AttentionConfig | None
    ) -> tuple[BlockConfig, ...]:
        """The blocks of a pattern with these indices by gene name and this attention."""
        return tuple(block.decode(indices, attention) for block in self.pattern(pattern))

    def _attention(self, chosen: Mapping[str, int], width: int) -> AttentionConfig | None:
        choices = self.attentions[chosen["attention"]]
        if choices is None:
            return None
        return choices.decode({name: chosen[f"{choices.type}.{name}"] for name in choices.genes()}, width)

    def encode(self, level: LevelConfig | None) -> tuple[int, ...]:
        """Canonical gene indices of a level.

        Raises:
            ValueError: the level is not among the choices; the message names the field.
        """
        if level is not None:
            if level not in self._encoded:
                _forget(self._encoded)
                self._encoded[level] = self._encode(level)
            return self._encoded[level]
        if not self.optional:
            raise ValueError(f"level at stride {self.stride} is missing")
        return (0,) * len(self.choices)

    @cached_property
    def _encoded(self) -> dict[LevelConfig, tuple[int, ...]]:
        """What `encode` gave before."""
        return {}

    def _encode(self, level: LevelConfig) -> tuple[int, ...]:
        found = dict.fromkeys(self.choices, 0) | {
            "present": int(self.optional),
            "width": self._index("width", level.width, self.widths),
            "depth": self._index("depth", level.depth, self.depths),
            "downsample": self._index("downsample", level.downsample, self.downsamples),
        }
        if level.depth:
            found |= self._encode_blocks(level)
        indices = tuple(found.values())
        if self.decode(indices) != level:
            raise ValueError(f"level at stride {self.stride}: {level} is not in the space")
        return indices

    def _encode_blocks(self, level: LevelConfig) -> dict[str, int]:
        """Indices of the first pattern that gives the blocks of a level, with its own genes and its attention's."""
        for pattern in range(len(self.blocks)):
            attention = level.attention if self.has_attention(pattern) else None
            if (own := self._options(pattern, attention, level.depth).get(level.blocks)) is not None:
                found = {"block": pattern, **own}
                return found | self._encode_attention(level) if self.has_attention(pattern) else found
        raise ValueError(self._missing(level))

    @cached_property
    def _known(self) -> "dict[tuple[int, AttentionConfig | None, int], _Options]":
        """What `_options` found before."""
        return {}

    def _options(self, pattern: int, attention: AttentionConfig | None, depth: int) -> "_Options":
        """Each distinct result of a pattern with that attention, with the first indices of its genes that give it."""
        depth = self._trimmed(pattern, depth)
        if (pattern, attention, depth) not in self._known:
            found: _Options = {}
            names = self.own_genes[pattern]
            for indices in cartesian(*(range(len(self.block_genes[name])) for name in names)):
                own = dict(zip(names, indices, strict=True))
                found.setdefault(shortest_pattern(self.repeated(pattern, own, attention), depth), own)
            self._known[pattern, attention, depth] = found
        return self._known[pattern, attention, depth]

    def _trimmed(self, pattern: int, depth: int) -> int:
        """The smallest depth that shows as much of a pattern: depths from two periods on are alike."""
        return min(depth, 2 * len(self.pattern(pattern)))

    def _missing(self, level: LevelConfig) -> str:
        found = "+".join(block.type for block in level.blocks)
        if found not in self.choices["block"]:
            return f"level at stride {self.stride}: block {found!r} is not among {self.choices['block']}"
        for name, options in self.block_genes.items():
            value = getattr(level.blocks[0], name, None)
            if value is not None and value not in options:
                return f"level at stride {self.stride}: {name} {value!r} is not among {options}"
        return f"level at stride {self.stride}: {level} is not in the space"

    def _encode_attention(self, level: LevelConfig) -> dict[str, int]:
        kinds = [choices.type if choices else "none" for choices in self.attentions]
        kind = level.attention.type if level.attention else "none"
        place = self._index("attention", kind, kinds)
        choices = self.attentions[place]
        if choices is None or level.attention is None:
            return {"attention": place}
        options = attention_options(choices, level.width)  # type: ignore[arg-type]
        if level.attention not in options:
            raise ValueError(f"level at stride {self.stride}: attention {level.attention} is not in the space")
        settings = {f"{kind}.{name}": index for name, index in options[level.attention].items()}
        return {"attention": place, **settings}

    def _index(self, field: str, value: object, choices: Sequence[object]) -> int:
        if value not in choices:
            raise ValueError(f"level at stride {self.stride}: {field} {value!r} is not among {tuple(choices)}")
        return list(choices).index(value)

    def settings(self) -> Iterator[Setting]:
        """Every pattern with every choice of its own genes and of its attention type, settings of that aside.

        In the order of `lookup.BlockRows`.
        """
        for pattern, names in enumerate(self.own_genes):
            attentions = range(len(self.attentions)) if self.has_attention(pattern) else (None,)
            for indices in cartesian(*(range(len(self.block_genes[name])) for name in names)):
                for attention in attentions:
                    yield Setting(pattern, dict(zip(names, indices, strict=True)), attention)

    @cached_property
    def size(self) -> int:
        """Exact number of distinct levels, being left out among them when optional."""
        total = 0
        for width in set(self.widths):
            for depth in set(self.depths):
                total += self._distinct_blocks(width, depth) if depth else 1
        return total * len(set(self.downsamples)) + self.optional

    def _distinct_blocks(self, width: int, depth: int) -> int:
        found = set[tuple[BlockConfig, ...]]()
        for pattern in range(len(self.blocks)):
            attentions = self._attentions_at(width) if self.has_attention(pattern) else {None}
            for attention in attentions:
                found |= set(self._options(pattern, attention, depth))
        return len(found)

    def _attentions_at(self, width: int) -> set[AttentionConfig | None]:
        found: set[AttentionConfig | None] = set()
        for choices in self.attentions:
            found |= set(attention_options(choices, width)) if choices else {None}  # type: ignore[arg-type]
        return found

    def covering(self) -> Iterator[LevelConfig]:
        """Levels whose parameters together include those of every level that may be chosen."""
        for width in sorted(set(self.widths), reverse=True):
            attentions = self._attentions_at(width)
            if width != max(self.widths):  # settings that the widest level cannot have, such as 3 heads
                attentions -= self._attentions_at(max(self.widths))
            for attention in sorted(attentions, key=str):
                yield from self._widest(width, attention)
        for downsample in self.downsamples[:-1]:
            yield LevelConfig(stride=self.stride, width=max(self.widths), downsample=downsample)

    def _widest(self, width: int, attention: AttentionConfig | None) -> Iterator[LevelConfig]:
        depth, down = max(self.depths), self.downsamples[-1]
        if not depth:
            yield LevelConfig(stride=self.stride, width=width, downsample=down)
            return
        for pattern in range(len(self.blocks)):
            mixer = attention if self.has_attention(pattern) else None
            for blocks in zip(*(block.covering(mixer) for block in self.pattern(pattern)), strict=False):
                yield LevelConfig(stride=self.stride, width=width, depth=depth, downsample=down, blocks=blocks)


def _forget(known: dict[Any, Any]) -> None:
    """Keep what is remembered within a few megabytes."""
    if len(known) >= 20_000:
        known.clear()


def _offering(choices: Any, options: Mapping[str, tuple[object, ...]]) -> Any:
    own = {each.name for each in fields(choices)}
    return replace(choices, **{name: values for name, values in options.items() if name in own})


def _attention_gene(block: BlockChoices) -> list[tuple[str, tuple[object, ...]]]:
    return [("attention", block.attentions)] if block.attentions else []


@lru_cache(maxsize=1024)
def attention_options(choices: Any, width: int) -> dict[AttentionConfig, dict[str, int]]:
    """Each distinct setting of `AttentionChoices` at `width` with the first gene indices that decode to it."""
    options: dict[AttentionConfig, dict[str, int]] = {}
    genes = choices.genes()
    for indices in cartesian(*(range(len(values)) for values in genes.values())):
        named = dict(zip(genes, indices, strict=True))
        options.setdefault(choices.decode(named, width), named)
    return options
