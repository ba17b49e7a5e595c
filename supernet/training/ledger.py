"""The ledger: what a run has spent, on which sub-networks and on which choices."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from search_space import ArchConfig, SearchSpace, arch_cost
from search_space.level import spelled


@dataclass(kw_only=True)
class Ledger:
    """Counts of a run so far.

    `passes` are forward and backward passes of sub-networks over one batch, `peeks` forward passes alone; `macs` are
    the multiply-adds of all of them, a backward pass counted as two forward ones. `choices` counts the passes that
    trained each choice of each level.
    """

    passes: int = 0
    peeks: int = 0
    images: int = 0
    macs: int = 0
    seconds: float = 0.0
    roles: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    choices: Counter[str] = field(default_factory=Counter)

    def trained(self, arch: ArchConfig, role: str, images: int, smallest: int, largest: int) -> None:
        """Count one pass; `smallest` and `largest` are the multiply-adds of the ends of the space."""
        macs = arch_cost(arch).macs
        self.passes += 1
        self.images += images
        self.macs += 3 * macs * images
        self.roles[role] += 1
        self.sizes[_size(macs, smallest, largest)] += 1
        self.choices.update(choices_of(arch))

    def peeked(self, arch: ArchConfig, images: int) -> None:
        """Count one pass without a backward one, over so many images."""
        self.peeks += 1
        self.macs += arch_cost(arch).macs * images

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, counts by name in alphabetical order."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Ledger":
        """A ledger that goes on counting from what `to_dict` gave."""
        found = cls()
        for key, value in values.items():
            setattr(found, key, Counter(value) if isinstance(value, dict) else value)
        return found

    def describe(self) -> str:
        """Passes by role, passes forward only, multiply-adds and seconds, in one line."""
        spent = f"{self.passes:,} sub-network passes ({', '.join(f'{n:,} {role}' for role, n in self.roles.items())})"
        peeks = f", {self.peeks:,} forward only" if self.peeks else ""
        return f"{spent}{peeks}; {self.macs / 1e12:.3g} TMACs in {self.seconds:.0f} s"

    def attention_shares(self, space: SearchSpace) -> dict[str, float]:
        """Share of the passes through the levels that may have attention that trained each attention type."""
        offered = {str(level.stride) for level in space.levels if any(level.attentions)}
        found: Counter[str] = Counter()
        for choice, count in self.choices.items():
            stride, _, rest = choice.partition(".")
            if rest.startswith("attention=") and stride in offered:
                found[rest.partition("=")[2]] += count
        total = sum(found.values())
        return {name: count / total for name, count in sorted(found.items())}


def choices_of(arch: ArchConfig) -> Iterator[str]:
    """Each choice that an architecture makes, as `16.width=64`; attention settings only where there is attention."""
    for level in arch.levels:
        form = spelled(level)
        for name, value in _settings(form):
            if name not in ("stride", "attention"):
                yield f"{level.stride}.{name}={value}"
        if level.depth:
            yield f"{level.stride}.attention={level.attention.type if level.attention else 'none'}"
        if level.attention is not None:
            for name, value in _settings(level.attention):
                yield f"{level.stride}.{level.attention.type}.{name}={value}"


def _settings(part: Any) -> Iterator[tuple[str, object]]:
    """Name and value of each field; of a part among them its type, and its own settings under its name."""
    for each in fields(part):
        value = getattr(part, each.name)
        inner = value if isinstance(value, tuple) and value and is_dataclass(value[0]) else (value,)
        if not is_dataclass(inner[0]):
            yield each.name, value
        elif each.name != "attention":
            yield each.name, "+".join(part.type for part in inner)
            for found in inner:
                yield from ((f"{found.type}.{name}", setting) for name, setting in _settings(found))


def _size(macs: int, smallest: int, largest: int) -> str:
    """Which fifth of the range between the ends of the space, on a logarithmic scale."""
    share = math.log(max(macs, 1) / max(smallest, 1)) / max(1e-9, math.log(largest / max(smallest, 1)))
    return f"fifth {min(4, max(0, int(5 * share))) + 1}"


def _plain(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, Counter) else value
