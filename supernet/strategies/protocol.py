"""What a training algorithm decides: which sub-networks a step trains, and on what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from search_space import ArchConfig, SearchSpace

LABELS: Literal["labels"] = "labels"
TEACHER: Literal["teacher"] = "teacher"


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One forward and backward pass of one sub-network in a step.

    `target` is `labels`, or `teacher` for the soft predictions of the step's first pass.
    """

    arch: ArchConfig
    target: Literal["labels", "teacher"]
    role: Literal["largest", "smallest", "random"]


@dataclass(frozen=True, kw_only=True)
class StepContext:
    """What a strategy may look at.

    `draw(n, ...)` gives the n-th random member (`FairSampler.draw`); `first_draw` is the number of the step's first.
    `loss(arch)` is the current batch's loss of a member without training it, `cost(arch)` its size to this run.
    """

    progress: float  # of the run, from 0 to 1
    first_draw: int
    draw: Callable[..., ArchConfig]
    loss: Callable[[ArchConfig], float]
    cost: Callable[[ArchConfig], float]


class Strategy(Protocol):
    """A training algorithm for one space."""

    def __init__(self, space: SearchSpace) -> None: ...

    def size(self, progress: float) -> int:
        """Sub-network passes of a step at that progress."""
        ...

    def plan(self, context: StepContext) -> list[Pass]:
        """The passes of a step, in order; the first one is the teacher of those that need one."""
        ...
