"""Canonical genotypes by tables against encoding what was decoded."""

import numpy as np
import pytest

from search_space import SPACES, Canonical, SearchSpace, named_space


def check(space: SearchSpace, count: int) -> None:
    rng = np.random.default_rng(0)
    genotypes = np.array([space.sample_genotype(rng) for _ in range(count)])
    before = genotypes.copy()
    found = Canonical.build(space)(genotypes)
    assert found.tolist() == [list(space.encode(space.decode(genotype.tolist()))) for genotype in genotypes]
    assert (genotypes == before).all()
    assert (Canonical.build(space)(found) == found).all()


@pytest.mark.parametrize("name", list(SPACES))
def test_equal_to_encoding_what_was_decoded(name: str) -> None:
    check(named_space(name), 500)


def test_the_tiny_space_of_all_attention_types(tiny_space: SearchSpace) -> None:
    check(tiny_space, 500)


def test_a_genotype_of_another_length_is_refused(tiny_space: SearchSpace) -> None:
    with pytest.raises(IndexError):
        Canonical.build(tiny_space)(np.zeros((1, 2), dtype=int))


def test_no_genotypes(tiny_space: SearchSpace) -> None:
    assert Canonical.build(tiny_space)(np.zeros((0, len(tiny_space.genes)), dtype=int)).shape[0] == 0
