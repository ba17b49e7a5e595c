"""Training algorithms: name -> strategy and distillation loss. A new one is a file and an entry here."""

from dataclasses import dataclass

from supernet.strategies.pareto import BestUp, WorstUp
from supernet.strategies.phased import LargestThenSandwich, SingleThenPair, SingleWithLargest
from supernet.strategies.progressive import ProgressiveShrinking
from supernet.strategies.protocol import Pass, StepContext, Strategy
from supernet.strategies.sandwich import Sandwich
from supernet.strategies.single_path import SinglePath


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A strategy with its distillation loss, where it comes from, and how many random members a step may draw."""

    strategy: type[Strategy]
    source: str
    distillation: str = "kl"
    draws: int = 1


RECIPES: dict[str, Recipe] = {
    "single-path": Recipe(strategy=SinglePath, source="SPOS, arXiv 1904.00420"),
    "single-with-largest": Recipe(strategy=SingleWithLargest, source="single paths, every fourth step the largest"),
    "single-then-pair": Recipe(strategy=SingleThenPair, source="single paths, then largest and random distilled"),
    "sandwich": Recipe(strategy=Sandwich, source="BigNAS, arXiv 2003.11142", draws=2),
    "sandwich-alpha": Recipe(strategy=Sandwich, source="AlphaNet, arXiv 2102.07954", distillation="alpha", draws=2),
    "largest-then-sandwich": Recipe(strategy=LargestThenSandwich, source="largest first, then BigNAS", draws=2),
    "progressive-shrinking": Recipe(strategy=ProgressiveShrinking, source="Once-for-all, arXiv 1908.09791"),
    "attentive-best": Recipe(strategy=BestUp, source="AttentiveNAS best-up, arXiv 2011.09011", draws=24),
    "attentive-worst": Recipe(strategy=WorstUp, source="AttentiveNAS worst-up, arXiv 2011.09011", draws=24),
}

__all__ = ["RECIPES", "Pass", "Recipe", "StepContext", "Strategy"]
