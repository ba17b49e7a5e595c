"""The fast path from genotypes to latencies: equal to the one-at-a-time path, and fast."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from predictors import LatencyTable, fit_latency
from predictors.batched.genotypes import GenotypePredictor, GenotypeTables
from predictors.features.costs import cost_matrix
from search_space import COST_FIELDS, SPACES, SearchSpace, SegHead, named_space

MakeTable = Callable[..., LatencyTable]


def drawn(space: SearchSpace, count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([space.sample_genotype(rng) for _ in range(count)])


@pytest.fixture(scope="module", params=list(SPACES))
def built(request: pytest.FixtureRequest) -> tuple[SearchSpace, GenotypeTables]:
    space = named_space(request.param)
    return space, GenotypeTables.build(space)


def test_costs_equal_those_of_the_decoded_architectures(built: tuple[SearchSpace, GenotypeTables]) -> None:
    space, tables = built
    genotypes = drawn(space, 1000)
    expected = cost_matrix([space.decode(genotype.tolist()) for genotype in genotypes])
    assert np.array_equal(tables.additive(genotypes), expected)


def test_every_choice_of_every_gene_is_priced(built: tuple[SearchSpace, GenotypeTables]) -> None:
    space, tables = built
    base = [space.encode(arch) for arch in (space.smallest(), space.largest())]
    genotypes = np.array(
        [
            (*genotype[:position], index, *genotype[position + 1 :])
            for genotype in base
            for position, gene in enumerate(space.genes)
            for index in range(len(gene.choices))
        ]
    )
    assert np.array_equal(tables.additive(genotypes), cost_matrix([space.decode(g.tolist()) for g in genotypes]))


def test_the_tiny_space_of_all_attention_types(tiny_space: SearchSpace) -> None:
    genotypes = drawn(tiny_space, 300)
    expected = cost_matrix([tiny_space.decode(genotype.tolist()) for genotype in genotypes])
    assert np.array_equal(GenotypeTables.build(tiny_space).additive(genotypes), expected)


def test_no_genotypes_give_no_rows(tiny_space: SearchSpace) -> None:
    assert GenotypeTables.build(tiny_space).additive(np.zeros((0, len(tiny_space.genes)), dtype=int)).shape == (
        0,
        len(COST_FIELDS),
    )


@pytest.mark.parametrize("odd_blocks", [0, 300])
def test_predictions_equal_one_at_a_time(make_table: MakeTable, odd_blocks: int) -> None:
    predictor, space = fit_latency(make_table(0, odd_blocks=odd_blocks)), named_space("digits")
    assert (predictor.design.blocks is not None) == bool(odd_blocks)
    genotypes = drawn(space, 200, seed=1)
    fast = GenotypePredictor.build(predictor, space).predict(genotypes, confidence=0.9)
    slow = predictor.predict([space.decode(genotype.tolist()) for genotype in genotypes], confidence=0.9)
    for name in ("p50_ms", "low_ms", "high_ms"):
        assert getattr(fast, name) == pytest.approx(getattr(slow, name), rel=1e-9)
    assert fast.extrapolated.tolist() == slow.extrapolated.tolist()


@pytest.mark.parametrize("shape", [(3,), (2, 5)])
def test_wrong_shapes_are_refused(tiny_space: SearchSpace, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"genotypes must be \(n, "):
        GenotypeTables.build(tiny_space).additive(np.zeros(shape, dtype=int))


def test_unknown_choices_are_refused(tiny_space: SearchSpace) -> None:
    genotypes = drawn(tiny_space, 2)
    genotypes[1, 4] = 99
    with pytest.raises(ValueError, match="outside its gene's choices"):
        GenotypeTables.build(tiny_space).additive(genotypes)


def test_heads_that_read_several_levels_have_no_fast_path(tiny_space: SearchSpace) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="seg head reads several levels"):
        GenotypeTables.build(replace(tiny_space, heads=(SegHead(width=8, depth=1),)))


def test_hundreds_of_thousands_a_second(make_table: MakeTable) -> None:
    """The floor is a fifth of what an idle core does, so that a busy machine does not fail it."""
    space = named_space("efficientvit")
    fast = GenotypePredictor.build(fit_latency(make_table(0, counts=(28, 20, 10))), space)
    genotypes = np.tile(drawn(space, 2000), (10, 1))
    fast.predict(genotypes[:2000], confidence=0.9)
    start = time.process_time()
    fast.predict(genotypes, confidence=0.9)
    assert len(genotypes) / (time.process_time() - start) > 100_000
