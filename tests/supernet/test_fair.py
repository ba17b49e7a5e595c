"""Fair draws: every choice equally often, each draw a function of the seed and its number."""

from collections.abc import Callable, Sequence

from search_space import Genotype, SearchSpace, named_space
from supernet import FairSampler


def test_every_choice_is_drawn_equally_often(
    check_fair: Callable[[SearchSpace, Sequence[Genotype]], None],
) -> None:
    space, rounds = named_space("digits"), 60  # a multiple of every number of choices
    sampler = FairSampler(space=space, seed=0)
    drawn = [space.encode(sampler.draw(number)) for number in range(rounds)]
    check_fair(space, drawn)
    assert len(set(drawn)) > rounds // 2
    assert [space.encode(FairSampler(space=space, seed=0).draw(n)) for n in (5, 40)] == [drawn[5], drawn[40]]


def test_fixed_genes_stay_as_in_the_base_and_the_others_are_drawn(tiny_space: SearchSpace) -> None:
    sampler, base = FairSampler(space=tiny_space, seed=0), tiny_space.encode(tiny_space.largest())
    fixed = {gene.name for gene in tiny_space.genes if gene.name.endswith((".width", ".depth"))}
    drawn = [tiny_space.encode(sampler.draw(number, fixed=fixed, base=base)) for number in range(12)]
    for position, gene in enumerate(tiny_space.genes):
        if gene.name in fixed:
            assert {genotype[position] for genotype in drawn} == {base[position]}
    assert len(set(drawn)) > 6
