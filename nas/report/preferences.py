"""Which choices the networks of a front make: attention type, scales and depth, level by level."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from search_space import ArchConfig, LevelConfig, LinearAttention

ABSENT = "no such level"


@dataclass(frozen=True, kw_only=True)
class Preference:
    """For one kind of choice: how many of the `networks` make each choice at each level, by stride."""

    title: str
    networks: int
    counts: dict[int, Counter[str]]

    @property
    def choices(self) -> list[str]:
        """Every choice made anywhere, in the order to show."""
        return sorted({choice for counter in self.counts.values() for choice in counter}, key=_order)


def preferences(archs: Iterable[ArchConfig]) -> list[Preference]:
    """The choices of `archs`; levels at which nothing is chosen are left out."""
    known = list(archs)
    kinds: tuple[tuple[str, Callable[[LevelConfig], str | None]], ...] = (
        ("attention type", _attention),
        ("aggregation scales of linear attention", _scales),
        ("depth (blocks after the downsample)", lambda level: str(level.depth)),
    )
    return [Preference(title=title, networks=len(known), counts=_counts(known, choice)) for title, choice in kinds]


def _counts(archs: list[ArchConfig], choice: Callable[[LevelConfig], str | None]) -> dict[int, Counter[str]]:
    counts: dict[int, Counter[str]] = {}
    for arch in archs:
        for level in arch.levels:
            if (made := choice(level)) is not None:
                counts.setdefault(level.stride, Counter())[made] += 1
    if choice is not _scales:
        for counter in counts.values():
            if missing := len(archs) - counter.total():
                counter[ABSENT] = missing
    if choice is _attention:
        counts = {stride: counter for stride, counter in counts.items() if set(counter) - {"none", ABSENT}}
    return dict(sorted(counts.items()))


def _attention(level: LevelConfig) -> str:
    return level.attention.type if level.attention else "none"


def _scales(level: LevelConfig) -> str | None:
    attention = level.attention
    if not isinstance(attention, LinearAttention):
        return None
    return "+".join(map(str, attention.scales)) or "raw tokens only"


def _order(choice: str) -> tuple[int, list[int], str]:
    """Numbers by value, then words; absent levels last."""
    digits = [int(part) for part in choice.split("+") if part.isdigit()]
    return (2 if choice == ABSENT else 0 if digits else 1, [len(digits), *digits], choice)
