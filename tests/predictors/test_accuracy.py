"""The accuracy prior: close to what was published, monotone, and not to be exploited."""

from dataclasses import replace

import numpy as np
import pytest

from predictors import AccuracyPrior
from predictors.accuracy import position_of
from search_space import ArchConfig, LevelConfig, arch_cost, named_space, published


@pytest.fixture(scope="module")
def prior() -> AccuracyPrior:
    return AccuracyPrior.fit()


def test_leave_one_model_out_error(prior: AccuracyPrior) -> None:
    error = np.abs(prior.leave_one_out)
    assert error.mean() < 1.0
    assert f"{error.mean():.1f} points" in prior.describe()


def test_published_results_lie_in_their_intervals(prior: AccuracyPrior) -> None:
    found = prior.predict(prior.archs)
    assert ((found.low <= prior.top1) & (prior.top1 <= found.high)).mean() >= 0.9


@pytest.mark.parametrize(("side", "top1"), [(384, 79.8), (512, 80.8)])
def test_m5_at_sizes_that_were_not_fitted(prior: AccuracyPrior, side: int, top1: float) -> None:
    found = prior.predict([replace(published("msra-m5"), resolution=(side, side))])
    assert abs(found.mean[0] - top1) < 1
    assert found.low[0] <= top1 <= found.high[0]
    assert found.origin == "prior"


def test_accuracies_of_the_smallest_networks_are_percentages(prior: AccuracyPrior) -> None:
    space, rng = named_space("efficientvit"), np.random.default_rng(0)
    smallest = space.smallest()
    found = prior.predict([smallest, *(space.mutate(smallest, rng) for _ in range(20))])
    assert found.mean.min() == 0  # unbounded, the envelope of what was published would lead below
    assert ((found.low >= 0) & (found.low <= found.mean) & (found.mean <= found.high) & (found.high <= 100)).all()


def test_unbounded_means_still_order_networks_too_small_for_percentages(prior: AccuracyPrior) -> None:
    sizes = np.log(10.0) * np.arange(3, 11)  # multiply-adds, parameters and activations of 1,000 to ten billion
    position = position_of(np.tile(sizes[:, None], (1, 3)), np.full(8, 224.0), np.ones((8, 6)))
    unbounded, mean = prior.unbounded(position, np.zeros(8)), prior.predict_shapes(position, np.zeros(8)).mean
    assert (np.diff(unbounded[:4]) > 0).all()
    assert (unbounded[:2] < 0).all()
    assert np.array_equal(mean, np.maximum(0, unbounded))


def test_more_resolution_is_never_worse(prior: AccuracyPrior) -> None:
    archs = [replace(published("mit-b1"), resolution=(side, side)) for side in (128, 160, 192, 224, 256, 288)]
    assert (np.diff(prior.predict(archs).mean) >= 0).all()


def test_deeper_levels_are_never_worse(prior: AccuracyPrior) -> None:
    base = published("mit-b1")
    archs = []
    for depth in range(2, 9):
        levels = (*base.levels[:3], replace(base.levels[3], depth=depth), base.levels[4])
        archs.append(replace(base, levels=levels))
    assert (np.diff(prior.predict(archs).mean) >= 0).all()


def test_attention_and_scales_are_worth_something(prior: AccuracyPrior) -> None:
    base = published("mit-b1")

    def with_levels(change: dict[str, object]) -> ArchConfig:
        deep = tuple(replace(level, **change) for level in base.levels[3:])  # type: ignore[arg-type]
        return replace(base, levels=(*base.levels[:3], *deep))

    assert base.levels[4].attention is not None
    no_scales = tuple(
        replace(level, attention=replace(level.attention, scales=()))
        for level in base.levels[3:]  # type: ignore[type-var]
    )
    found = prior.predict(
        [base, replace(base, levels=(*base.levels[:3], *no_scales)), with_levels({"attention": None})]
    )
    assert found.mean[0] > found.mean[1] > found.mean[2]


def envelope(prior: AccuracyPrior, macs: float) -> float:
    """Best published accuracy at no more than 1.25 times the multiply-adds."""
    within = [t for arch, t in zip(prior.archs, prior.top1, strict=True) if arch_cost(arch).macs <= 1.25 * macs]
    return max(within, default=63.3)


def strange_members() -> list[ArchConfig]:
    """Random members, mutants of published ones, and corners: huge or tiny inputs, all cost in one place."""
    space, rng = named_space("efficientvit"), np.random.default_rng(0)
    archs = [space.sample(rng) for _ in range(800)]
    for name in space.members:
        archs += [space.mutate(published(name), rng, rate=0.05) for _ in range(60)]
    b1 = published("mit-b1")
    archs += [replace(b1, resolution=(side, side)) for side in (32, 64, 1024)]
    wide = replace(b1.levels[2], width=1024)
    archs.append(replace(b1, levels=(*b1.levels[:2], wide, *b1.levels[3:])))
    deep = replace(b1.levels[1], depth=60)
    archs.append(replace(b1, levels=(b1.levels[0], deep, *b1.levels[2:])))
    shallow = tuple(
        LevelConfig(stride=s, width=w) for s, w in zip((2, 4, 8, 16, 32), (8, 64, 256, 1024, 2048), strict=True)
    )
    archs.append(replace(b1, levels=shallow))
    return archs


def test_no_corner_promises_more_than_the_best_published_at_its_cost(prior: AccuracyPrior) -> None:
    archs = strange_members()
    low = prior.predict(archs).low
    excess = [bound - envelope(prior, arch_cost(arch).macs) for arch, bound in zip(archs, low, strict=True)]
    assert max(excess) <= 0


@pytest.mark.parametrize("name", ["msra-m1", "mit-b0", "mit-b1", "mit-b2"])
def test_climbing_the_lower_end_promises_no_more_than_the_best_published(prior: AccuracyPrior, name: str) -> None:
    """Evolution on the lower end itself, at no more multiply-adds than a published model."""
    space, rng, cap = named_space("efficientvit"), np.random.default_rng(0), arch_cost(published(name)).macs
    archs = [published(member) for member in space.members if arch_cost(published(member)).macs <= cap]
    for _ in range(12):
        children = [space.mutate(archs[rng.integers(len(archs))], rng, rate=0.08) for _ in range(40)]
        archs = list(dict.fromkeys([*archs, *(child for child in children if arch_cost(child).macs <= cap)]))
        archs = [archs[index] for index in np.argsort(-prior.predict(archs).low)[:20]]
    best = max(t for arch, t in zip(prior.archs, prior.top1, strict=True) if arch_cost(arch).macs <= cap)
    assert prior.predict(archs).low.max() <= best


def test_corners_are_less_certain(prior: AccuracyPrior) -> None:
    found = prior.predict([published("mit-b1"), strange_members()[-1]])
    assert (found.high - found.low)[1] > 2 * (found.high - found.low)[0]


def test_the_smallest_network_is_not_worse_than_nothing() -> None:
    found = AccuracyPrior.fit().predict([named_space("efficientvit").smallest()])
    assert (found.low[0], found.mean[0]) == (0, 0)
    assert found.high[0] > 0
