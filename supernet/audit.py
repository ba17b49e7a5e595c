"""Ranking audit: do inherited scores order sub-networks as training them alone would?

Stratified sub-networks are trained alone for the same number of steps; their scores are compared with the
inherited ones by rank correlation and by regret, with bootstrap intervals, beside the ranking by multiply-adds alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search_space import ArchConfig, SearchSpace, arch_cost

Array = npt.NDArray[np.float64]
RESAMPLES = 2000
TRUSTED, WITHIN_BINS = 0.7, 0.4  # Kendall's tau
POOL = 64  # candidates for each network that is picked


@dataclass(frozen=True, kw_only=True)
class Audited:
    """One network: scores in percent, trained alone and inherited."""

    arch_id: str
    attention: str
    macs: int
    alone: float
    inherited: float

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Audited":
        """A network as `asdict` gave it; keys that are not its fields are left out."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How one ranking agrees with stand-alone training; each figure with its 90 % bootstrap interval.

    `regret` is in points of the score: the best network trained alone against the one that the ranking puts first.
    """

    kendall: tuple[float, float, float]
    spearman: tuple[float, float, float]
    regret: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The supernet's ranking, the ranking by multiply-adds, and what follows."""

    networks: int
    inherited: Agreement
    macs: Agreement
    mean_ranks: dict[str, tuple[float, float]]  # by attention type: inherited and alone, from 0 (worst) to 1

    @property
    def verdict(self) -> str:
        """`trust`, `trust within bins` or `do not trust`, by Kendall's tau and its lower end."""
        middle, low, _ = self.inherited.kendall
        if middle >= TRUSTED and low >= WITHIN_BINS:
            return "trust"
        return "trust within bins" if middle >= WITHIN_BINS and low > 0 else "do not trust"

    def describe(self) -> str:
        """The verdict and the figures that it rests on, in one line."""
        kendall, spearman, regret = self.inherited.kendall, self.inherited.spearman, self.inherited.regret
        return (
            f"ranking audit on {self.networks} networks trained alone: {self.verdict} (Kendall {_text(kendall)}, "
            f"Spearman {_text(spearman)}, regret {regret[0]:.1f} points; by MACs alone Kendall "
            f"{_text(self.macs.kendall)})"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields, and the verdict that follows from them."""
        return {**asdict(self), "verdict": self.verdict}


def pick_networks(space: SearchSpace, count: int, *, seed: int) -> list[ArchConfig]:
    """Members spread over the space: one from each of `count` quantiles of multiply-adds, attention types in turn."""
    rng = np.random.default_rng(seed)
    pool = sorted({space.sample(rng) for _ in range(POOL * count)}, key=lambda arch: arch_cost(arch).macs)
    kinds = sorted({attention_of(arch) for arch in pool})
    found = []
    for index, part in enumerate(np.array_split(np.arange(len(pool)), count)):
        wanted = kinds[index % len(kinds)]
        fitting = [pool[i] for i in part if attention_of(pool[i]) == wanted]
        found.append(fitting[len(fitting) // 2] if fitting else pool[part[len(part) // 2]])
    return found


def attention_of(arch: ArchConfig) -> str:
    """`linear`, `cascaded_group`, `mixed` or `none`."""
    kinds = {level.attention.type for level in arch.levels if level.attention and level.depth}
    return "none" if not kinds else kinds.pop() if len(kinds) == 1 else "mixed"


def audit(rows: Sequence[Audited], *, seed: int = 0) -> Audit:
    """Compare the rankings.

    Raises:
        ValueError: fewer than four networks.
    """
    if len(rows) < 4:
        raise ValueError(f"an audit needs at least 4 networks, got {len(rows)}")
    alone, inherited, macs = (np.array([getattr(r, n) for r in rows], float) for n in ("alone", "inherited", "macs"))
    kinds = [row.attention for row in rows]
    places = {name: _places(values) for name, values in (("inherited", inherited), ("alone", alone))}
    ranks = {}
    for kind in sorted(set(kinds)):
        chosen = [index for index, found in enumerate(kinds) if found == kind]
        ranks[kind] = (float(places["inherited"][chosen].mean()), float(places["alone"][chosen].mean()))
    return Audit(
        networks=len(rows),
        inherited=_agreement(inherited, alone, seed),
        macs=_agreement(macs, alone, seed),
        mean_ranks=ranks,
    )


def _agreement(scores: Array, alone: Array, seed: int) -> Agreement:
    rng = np.random.default_rng(seed)
    samples = [rng.integers(len(alone), size=len(alone)) for _ in range(RESAMPLES)]
    figures = np.array([_figures(scores[part], alone[part]) for part in samples])
    middle = _figures(scores, alone)
    low, high = np.nanquantile(figures, [0.05, 0.95], axis=0)
    kendall, spearman, regret = zip(middle, low.tolist(), high.tolist(), strict=True)
    return Agreement(kendall=kendall, spearman=spearman, regret=regret)


def _figures(scores: Array, alone: Array) -> tuple[float, float, float]:
    """Kendall's tau-b, Spearman's rho and the regret; both correlations are 0 where all values are equal.

    With s_ij the sign of x_i - x_j and t_ij that of y_i - y_j, tau-b is their correlation over all pairs (i, j); the
    sum of s_ij over j is twice the rank of x_i but for a constant, so rho is the correlation of these sums.
    """
    regret = float(alone.max() - alone[scores == scores.max()].mean())
    if np.ptp(scores) == 0 or np.ptp(alone) == 0:
        return 0.0, 0.0, regret
    first, second = _signs(scores), _signs(alone)
    return _cosine(first.ravel(), second.ravel()), _cosine(first.sum(axis=1), second.sum(axis=1)), regret


def _signs(values: Array) -> Array:
    """Signs (n, n) of the differences of all pairs of values (n,)."""
    found: Array = np.sign(values[:, None] - values)
    return found


def _cosine(first: Array, second: Array) -> float:
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _places(values: Array) -> Array:
    """Rank of each value from 0 (lowest) to 1, ties in the middle."""
    n = len(values)
    return (_signs(values).sum(axis=1) + n - 1) / max(1, 2 * (n - 1))


def _text(figure: Iterable[float]) -> str:
    middle, low, high = figure
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"
