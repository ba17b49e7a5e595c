"""A search under way: its judge, its spaces with what each starts from, and where it writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nas.errors import UserError
from nas.search.config import SearchConfig
from nas.search.goals import Goals
from nas.search.judge import AccuracyJudge, Judge
from nas.search.warm import earlier_evaluations
from predictors import published_networks
from search_space import ArchConfig, SearchSpace


@dataclass(frozen=True, kw_only=True)
class Part:
    """One space of a search: the networks to start from, its published members, what was evaluated earlier."""

    space: SearchSpace
    starts: list[ArchConfig]
    members: list[ArchConfig]
    earlier: list[ArchConfig]


@dataclass(frozen=True, kw_only=True, eq=False)
class Underway:
    """What every step of a search works with; `record` is what the run's files say of it."""

    config: SearchConfig
    record: dict[str, Any]
    folder: Path
    judge: Judge
    parts: tuple[Part, ...]
    on_trials: Callable[[int], None]

    @property
    def goals(self) -> Goals:
        """Budgets and limits, and what is minimised."""
        return self.config.goals

    @property
    def starts(self) -> list[ArchConfig]:
        """The networks that the search starts from, in every space."""
        return [arch for part in self.parts for arch in part.starts]

    @property
    def published(self) -> list[ArchConfig]:
        """Published networks: the members of the spaces and all others whose score is known."""
        members = [arch for part in self.parts for arch in part.members]
        return list(dict.fromkeys([*members, *self.judge.known.published]))


def part_of(
    space: SearchSpace,
    first: Sequence[ArchConfig],
    accuracy: AccuracyJudge,
    config: SearchConfig,
    folder: Path,
) -> Part:
    """A space with its fastest networks `first`, its extremes and its published members to start from.

    Raises:
        UserError: nothing but earlier evaluations was asked for, and there are none.
    """
    ends = [*first, space.smallest(), space.largest()]
    sizes = [
        replace(space.published_members[each.model], resolution=each.arch.resolution)
        for each in published_networks()
        if each.model in space.members and each.arch.resolution[0] in space.resolutions
    ]
    members = list(dict.fromkeys([*space.published_members.values(), *sizes]))
    earlier = earlier_evaluations(folder, accuracy, space) if config.warm else []
    if not config.trials:
        ends, members = _only_among(earlier, ends), _only_among(earlier, members)
    return Part(space=space, starts=[*members, *ends], members=members, earlier=earlier)


def _only_among(earlier: Sequence[ArchConfig], archs: Sequence[ArchConfig]) -> list[ArchConfig]:
    """Those of `archs` that cost no evaluation.

    Raises:
        UserError: nothing was evaluated.
    """
    if not earlier:
        raise UserError(
            "evaluations 0 chooses among earlier evaluations, and there are none; leave it out",
            fields=("evaluations",),
        )
    known = set(earlier)
    return [arch for arch in archs if arch in known]
