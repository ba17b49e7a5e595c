"""What a predictor has never seen, as a set difference; one network at a time and for many genotypes."""

import numpy as np
import pytest

from predictors import analytic_predictors, calibrated_predictor
from predictors.intervals.unseen import BEFORE_TRAITS, unseen_factor, unseen_genotypes, unseen_networks, widening
from search_space import PUBLISHED, SPACES, named_space, network_traits, published

NOTHING = frozenset[str]()
LINEAR = network_traits(published("mit-b1"))


@pytest.mark.parametrize(
    ("traits", "factor"),
    [
        ((), 1.0),
        (("mit_head", "seg_head", "residual_conv"), 1.0),
        (("sandwich",), 4 / 3),
        (("squeeze_excite", "sandwich"), 4 / 3),
        (("sandwich", "softmax"), 2.0),
        (("linear_attention",), 1.0),
        (("something_new",), 2.0),
    ],
)
def test_the_largest_factor_of_what_was_not_seen(traits: tuple[str, ...], factor: float) -> None:
    assert unseen_factor(frozenset(traits), LINEAR) == factor
    assert unseen_factor(frozenset(traits), LINEAR | frozenset(traits)) == 1


def test_unseen_parts_of_published_networks() -> None:
    archs = [published(name) for name in ("mit-b1", "mit-l2", "msra-m4")]
    for predictor in (calibrated_predictor("jetson-nano"), analytic_predictors()["t4"]):
        assert unseen_networks(archs, predictor.traits).tolist() == [1, 1, 2]
    assert (unseen_networks([published(name) for name in PUBLISHED], BEFORE_TRAITS) == 1).all()


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("seen", [NOTHING, LINEAR, BEFORE_TRAITS - {"softmax"}, BEFORE_TRAITS - {"squeeze_excite"}])
def test_genotypes_equal_their_networks(name: str, seen: frozenset[str]) -> None:
    space, rng = named_space(name), np.random.default_rng(0)
    genotypes = np.array([space.sample_genotype(rng) for _ in range(300)])
    expected = unseen_networks([space.decode(genotype.tolist()) for genotype in genotypes], seen)
    assert unseen_genotypes(space, genotypes, seen).tolist() == expected.tolist()


def test_widening_is_the_factor_at_90_percent_and_nothing_at_the_median() -> None:
    factors = np.array([1.0, 4 / 3, 2.0])
    assert widening(factors, 0.9) == pytest.approx(factors)
    assert widening(factors, 0.5) == pytest.approx([1, 1, 1])
    assert (widening(factors, 0.95)[1:] > factors[1:]).all()
