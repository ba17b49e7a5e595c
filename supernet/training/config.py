"""How to train: the settings of a run, checked, in one frozen value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from search_space.checks import did_you_mean
from supernet.strategies import RECIPES


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """With the same values, data and seed the weights are the same, bit for bit, on one process on one CPU with one
    version of PyTorch.

    The run is `epochs` long, or with `passes` as long as that many sub-network passes allow, which is how recipes are
    compared. A step takes `accumulate` batches of `batch` images on each process. `ema` is
    the decay of the averaged weights that are evaluated (0: none), ramped up over the first steps.
    """

    recipe: str = "single-with-largest"
    epochs: int = 20
    passes: int | None = None
    batch: int = 64
    accumulate: int = 1
    learning_rate: float = 5e-3
    weight_decay: float = 0.02
    warm_up: float = 0.1  # share of the run
    ema: float = 0.0
    drop_path: float = 0.0
    max_gradient_norm: float = 1.0
    augment: bool = True
    bf16: bool = False
    channels_last: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.recipe not in RECIPES:
            raise ValueError(
                f"unknown recipe {self.recipe!r}{did_you_mean(self.recipe, RECIPES)}; known: {', '.join(RECIPES)}"
            )
        for name in ("epochs", "batch", "accumulate"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.passes is not None and self.passes < 1:
            raise ValueError(f"passes must be at least 1, got {self.passes}")
        for name in ("warm_up", "ema", "drop_path"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be from 0 to below 1, got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of a step: linear warm-up, then a cosine to 0."""
        warm_up = max(1.0, self.warm_up * steps)
        if step < warm_up:
            return self.learning_rate * (step + 1) / warm_up
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1.0, steps - warm_up)))

    def averaging(self, step: int) -> float:
        """Decay of the averaged weights at a step: short memory while the weights still move fast."""
        return min(self.ema, (1 + step) / (10 + step))


def with_defaults(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The stored settings of a run; those that its version did not have are what it did without being asked."""
    return {each.name: each.default for each in fields(TrainConfig)} | dict(stored)
