"""The accuracy prior: close to what was published, monotone, and not to be exploited."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from predictors import AccuracyPrior
from predictors.accuracy.evidence import MIT, MSRA, other_results, shapes_of
from predictors.accuracy.fit import CHANCE, Fit
from predictors.accuracy.prior import committed_errors, digest, left_out
from search_space import (
    ArchConfig,
    LevelConfig,
    LinearAttention,
    MitHead,
    NormLinearHead,
    SearchSpace,
    arch_cost,
    named_space,
    published,
)
from search_space.blocks import DSConv, MBConv
from search_space.downsamples import MBConvDownsample


def test_errors_that_are_shown_are_those_of_the_data(prior: AccuracyPrior) -> None:
    committed = committed_errors()
    assert committed["digest"] == digest(), "run scripts/benchmark_prior.py"
    summary = committed["summary"]
    for kind in ("model", "family"):
        assert f"{summary[kind]['mean_error']:.1f} points on average" in prior.describe()
        assert f"{summary[kind]['coverage']:.0%} within" in prior.describe()
    assert summary["model"]["results"] == len(prior.results)
    assert summary["model"]["mean_error"] <= 1.5
    assert 0.85 <= summary["model"]["coverage"] <= 0.97


@pytest.mark.parametrize("kind", ["model", "family"])
def test_committed_errors_are_found_again(prior: AccuracyPrior, kind: str) -> None:
    results = prior.results
    groups = {"model": ("mit-b1", "msra-m4", "mobilenetv2_035"), "family": (MIT, MSRA, "lcnet")}[kind]
    known = {tuple(line[:4]): line[4:] for line in committed_errors()["results"]}
    for group in groups:
        held = (results.models if kind == "model" else results.families) == group
        found = np.stack(left_out(results, held), axis=1)
        for row, index in zip(found, np.flatnonzero(held), strict=True):
            key = (kind, str(results.models[index]), str(results.weights[index]), int(results.sides[index]))
            assert known[key] == pytest.approx([results.top1[index], *row], abs=0.01)


def test_leave_one_out_is_of_the_prior_as_used(prior: AccuracyPrior) -> None:
    known = {tuple(line[:4]): line[4] - line[5] for line in committed_errors()["results"]}
    found = [
        known["model", name, "", arch.resolution[0]] for name, arch in zip(prior.models, prior.archs, strict=True)
    ]
    assert prior.leave_one_out == pytest.approx(found, abs=0.01)


def test_architectures_and_results_go_the_same_way(prior: AccuracyPrior) -> None:
    """What is scored, published results, is what is used, architectures."""
    ours = prior.results.where(np.isin(prior.results.families, (MIT, MSRA)))
    found = prior.predict(prior.archs)
    expected = Fit.of(prior.results).expected(ours)
    for one, other in zip((found.mean, found.low, found.high), expected, strict=True):
        assert one == pytest.approx(other, rel=1e-9)


def test_published_results_lie_in_their_intervals(prior: AccuracyPrior) -> None:
    found = prior.predict(prior.archs)
    assert ((found.low <= prior.top1) & (prior.top1 <= found.high)).mean() >= 0.9
    assert not found.extrapolated.any()


def test_results_held_out_are_not_fitted_and_lie_in_their_intervals(prior: AccuracyPrior) -> None:
    _, held = other_results()
    keys = list(zip(held.models, held.weights, held.sides, strict=True))
    results = prior.results
    assert not set(keys) & set(zip(results.models, results.weights, results.sides, strict=True))
    _, low, high = Fit.of(results).expected(held)
    inside = dict(zip(keys, (low <= held.top1) & (held.top1 <= high), strict=True))
    three = [("mobilenetv2_050", "slim", 192), ("mobilenetv2_035", "slim", 224), ("mobilenetv2_035", "slim", 160)]
    assert all(inside[key] for key in three)
    assert np.mean(list(inside.values())) >= 0.85
    assert (high - low).max() / 2 <= 8


# Widths by level, depths from stride 4 on: MobileNetV2 at 0.5 and 0.35 as levels of one width each.
HALF, THIRD = ((8, 16, 16, 40, 112), (1, 2, 6, 3)), ((8, 8, 16, 32, 72), (1, 2, 6, 3))


@pytest.mark.parametrize(
    ("shape", "side", "top1"), [(HALF, 192, 63.9), (THIRD, 224, 60.3), (THIRD, 160, 55.7), (THIRD, 96, 45.5)]
)
@pytest.mark.parametrize("head", [None, MitHead(widths=(1280, 1280))])
def test_networks_like_mobilenet_v2(
    prior: AccuracyPrior,
    shape: tuple[tuple[int, ...], tuple[int, ...]],
    side: int,
    top1: float,
    head: MitHead | None,
) -> None:
    """MobileNetV2 (arXiv 1801.04381), with its wide head or none, as our networks: published accuracies of slim."""
    found = prior.predict([mobilenet(*shape, side=side, head=head)])
    assert found.low[0] <= top1 <= found.high[0]
    assert (found.high[0] - found.low[0]) / 2 <= 8
    assert found.extrapolated[0]


def mobilenet(
    widths: tuple[int, ...], depths: tuple[int, ...], *, side: int, head: MitHead | NormLinearHead | None
) -> ArchConfig:
    """Inverted bottlenecks without attention."""
    first = LevelConfig(stride=2, width=widths[0], depth=1, blocks=(DSConv(),))
    rest = [
        LevelConfig(
            stride=stride,
            width=width,
            depth=depth,
            downsample=MBConvDownsample(expand=6),
            blocks=(MBConv(expand=6),),
        )
        for stride, width, depth in zip((4, 8, 16, 32), widths[1:], depths, strict=True)
    ]
    return ArchConfig(levels=(first, *rest), head=head, resolution=(side, side), activation="relu")


@pytest.mark.parametrize(("side", "top1"), [(384, 79.8), (512, 80.8)])
def test_m5_at_sizes_that_were_not_fitted(prior: AccuracyPrior, side: int, top1: float) -> None:
    found = prior.predict([replace(published("msra-m5"), resolution=(side, side))])
    assert abs(found.mean[0] - top1) < 1.2
    assert found.low[0] <= top1 <= found.high[0]
    assert found.origin == "prior"


def test_accuracies_of_the_smallest_networks_are_percentages(prior: AccuracyPrior) -> None:
    space, rng = named_space("efficientvit"), np.random.default_rng(0)
    smallest = space.smallest()
    found = prior.predict([smallest, *(space.mutate(smallest, rng) for _ in range(20))])
    assert ((found.low >= CHANCE) & (found.low <= found.mean)).all()
    assert ((found.mean <= found.high) & (found.high <= 100)).all()


def small_networks(space: SearchSpace) -> list[ArchConfig]:
    """Members with mostly the cheapest choices."""
    rng, sizes = np.random.default_rng(1), np.array([len(gene.choices) for gene in space.genes])
    shares = rng.random((600, len(sizes))) ** rng.uniform(1, 8, (600, 1))
    return [space.decode(row) for row in (shares * sizes).astype(int).tolist()]


@pytest.mark.parametrize("size", ["macs", "parameters"])
def test_nothing_small_is_expected_to_beat_the_best_published_of_its_size(prior: AccuracyPrior, size: str) -> None:
    """Of any family, whole networks compared with whole networks."""
    archs = small_networks(named_space("efficientvit"))
    column = ("macs", "parameters").index(size)
    whole, asked = prior.results.shapes.whole[:, column], shapes_of(archs).whole[:, column]
    best = np.array([prior.results.top1[whole <= each + 1e-9].max(initial=0) for each in asked])
    above = asked >= whole.min()
    assert above.sum() > 300
    assert (prior.predict(archs).mean[above] <= best[above] + 1e-6).all()


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

    def with_attention(change: Callable[[LinearAttention], LinearAttention | None]) -> ArchConfig:
        deep = tuple(level.with_attention(change(level.attention)) for level in base.levels[3:])  # type: ignore[arg-type]
        return replace(base, levels=(*base.levels[:3], *deep))

    without_scales = with_attention(lambda attention: replace(attention, scales=()))
    found = prior.predict([base, without_scales, with_attention(lambda _: None)])
    assert found.mean[0] > found.mean[1] > found.mean[2]


def envelope(prior: AccuracyPrior, macs: float) -> float:
    """Best published accuracy of any family at no more than the multiply-adds, or that of the smallest network."""
    sizes = prior.results.shapes.whole[:, 0]
    within = sizes <= max(np.log(macs) + 1e-9, sizes.min())
    return float(prior.results.top1[within].max())


KERNEL, SCALES = ("levels.16.kernel", 7), ("levels.32.linear.scales", (3, 5))


@pytest.mark.parametrize(
    ("name", "value", "marked"), [(*KERNEL, True), (*SCALES, True), ("levels.16.expand", 6, False)]
)
def test_choices_without_evidence_are_marked(prior: AccuracyPrior, name: str, value: object, marked: bool) -> None:
    space = named_space("efficientvit")
    genotype = list(space.encode(published("mit-b1")))
    position = [gene.name for gene in space.genes].index(name)
    genotype[position] = space.genes[position].choices.index(value)
    assert prior.predict([space.decode(genotype)]).extrapolated.tolist() == [marked]


@pytest.mark.parametrize(("name", "side"), [("mit-l1", 256), ("mit-l1", 384), ("mit-l2", 352), ("mit-l3", 352)])
def test_large_networks_between_published_ones(prior: AccuracyPrior, name: str, side: int) -> None:
    found = prior.predict([replace(published(name), resolution=(side, side))])
    assert 84 < found.mean[0] < 86.5
    assert found.high[0] - found.low[0] < 3
    assert not found.extrapolated[0]


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
    assert prior.predict(archs).low.max() <= envelope(prior, cap)


def test_corners_are_less_certain(prior: AccuracyPrior) -> None:
    found = prior.predict([published("mit-b1"), strange_members()[-1]])
    assert (found.high - found.low)[1] > 2 * (found.high - found.low)[0]
