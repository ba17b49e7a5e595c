"""Recipes plan what they say, draws are fair, the ledger counts what was trained."""

from collections import Counter

import numpy as np
import pytest
import torch

from search_space import Genotype, SearchSpace, arch_cost, named_space
from supernet import FairSampler, Ledger, TrainConfig, run_length
from supernet.losses import alpha_distillation, kl_distillation
from supernet.strategies import RECIPES, StepContext
from supernet.strategies.progressive import ProgressiveShrinking
from supernet.training.ledger import choices_of


def context(space: SearchSpace, progress: float, first_draw: int = 0) -> StepContext:
    return StepContext(
        progress=progress,
        first_draw=first_draw,
        draw=FairSampler(space=space, seed=3).draw,
        loss=lambda arch: float(arch_cost(arch).parameters),
        cost=lambda arch: float(arch_cost(arch).macs),
    )


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("progress", [0.0, 0.3, 0.5, 0.99])
def test_plans_have_the_size_they_say_and_a_teacher_first(
    tiny_space: SearchSpace, name: str, progress: float
) -> None:
    strategy = RECIPES[name].strategy(tiny_space)
    plan = strategy.plan(context(tiny_space, progress))
    assert len(plan) == strategy.size(progress)
    assert plan[0].target == "labels"
    assert all(entry.arch in tiny_space for entry in plan)


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("passes", [1, 7, 100, 1072])
def test_a_run_uses_its_passes_and_no_more(name: str, passes: int) -> None:
    strategy = RECIPES[name].strategy(named_space("digits"))
    steps = run_length(strategy, TrainConfig(recipe=name, passes=passes), per_epoch=10)
    spent = sum(strategy.size(step / steps) for step in range(steps))
    assert spent <= max(passes, strategy.size(0))
    assert spent > passes - 5


def test_every_choice_is_drawn_equally_often() -> None:
    space, rounds = named_space("digits"), 60  # a multiple of every number of choices
    sampler = FairSampler(space=space, seed=0)
    drawn = [space.encode(sampler.draw(number)) for number in range(rounds)]
    check_fair(space, drawn)
    assert len(set(drawn)) > rounds // 2
    assert [space.encode(FairSampler(space=space, seed=0).draw(n)) for n in (5, 40)] == [drawn[5], drawn[40]]


@pytest.mark.parametrize("name", ["single-path", "single-with-largest", "single-then-pair", "sandwich"])
def test_random_members_of_a_recipe_have_every_choice_equally_often(name: str) -> None:
    space, recipe = named_space("digits"), RECIPES[name]
    strategy = recipe.strategy(space)
    drawn = list[Genotype]()
    for step in range(80):
        plan = strategy.plan(context(space, step / 80, step * recipe.draws))
        drawn += [space.encode(entry.arch) for entry in plan if entry.role == "random"]
    assert len(drawn) >= 60
    check_fair(space, drawn[:60])


def check_fair(space: SearchSpace, drawn: list[Genotype]) -> None:
    """Genes that are written back as they were drawn have each choice equally often."""
    for position, gene in enumerate(space.genes):
        if gene.name.split(".")[-1] in ("width", "depth", "attention", "downsample"):
            counts = Counter(genotype[position] for genotype in drawn)
            assert set(counts.values()) == {len(drawn) // len(gene.choices)}


def test_progressive_shrinking_opens_kernels_then_depths_then_the_rest() -> None:
    space = named_space("digits")
    strategy = ProgressiveShrinking(space)
    assert strategy.size(0.1) == 1
    kernels, depths = strategy.fixed_genes(0.3), strategy.fixed_genes(0.5)
    assert "levels.4.kernel" not in kernels
    assert "levels.4.depth" in kernels
    assert "levels.4.depth" not in depths
    assert "levels.4.width" in depths
    assert strategy.fixed_genes(0.9) == frozenset()
    largest = space.largest()
    for number in range(20):
        (_, entry) = strategy.plan(context(space, 0.3, number))
        assert [level.depth for level in entry.arch.levels] == [level.depth for level in largest.levels]
        assert [level.width for level in entry.arch.levels] == [level.width for level in largest.levels]


def test_attentive_sampling_picks_the_best_and_the_worst_at_a_cost() -> None:
    """With the loss set to the parameters, best-up takes few of them and worst-up many, at the same MACs."""
    space = named_space("digits")
    found = {}
    for name in ("attentive-best", "attentive-worst"):
        plans = [RECIPES[name].strategy(space).plan(context(space, 0.5, 24 * n)) for n in range(20)]
        archs = [entry.arch for plan in plans for entry in plan if entry.role == "random"]
        costs = [arch_cost(arch) for arch in archs]
        found[name] = (np.mean([c.parameters for c in costs]), np.mean([np.log(c.macs) for c in costs]))
    assert found["attentive-best"][0] < 0.9 * found["attentive-worst"][0]
    assert abs(found["attentive-best"][1] - found["attentive-worst"][1]) < 0.25


def test_alpha_divergence_has_the_gradient_of_its_definition() -> None:
    """Where no weight is clipped: D = (sum q (p/q)^alpha - 1) / (alpha (alpha - 1)), and KL(p, q) at 1."""
    generator = torch.Generator().manual_seed(0)
    teacher = torch.randn(4, 5, generator=generator, dtype=torch.float64) * 0.3
    logits = torch.randn(4, 5, generator=generator, dtype=torch.float64).mul(0.3).requires_grad_()
    p, q = teacher.softmax(1), logits.softmax(1)
    low = ((q * (p / q) ** -1).sum(1) - 1) / 2
    high = (p * (p / q).log()).sum(1)
    torch.maximum(low, high).mean().backward()
    expected = logits.grad
    logits.grad = None
    alpha_distillation(logits, teacher).backward()
    assert expected is not None
    assert logits.grad is not None
    assert torch.allclose(logits.grad, expected, atol=1e-7)


def test_distillation_is_least_where_student_and_teacher_agree() -> None:
    teacher = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    for loss in (kl_distillation, alpha_distillation):
        student = teacher.clone().requires_grad_()
        loss(student, teacher).backward()
        assert student.grad is not None
        assert student.grad.abs().max() < 1e-6


def test_the_ledger_counts_choices_and_survives_json(tiny_space: SearchSpace) -> None:
    ledger, small, large = Ledger(), tiny_space.smallest(), tiny_space.largest()
    ends = arch_cost(small).macs, arch_cost(large).macs
    ledger.trained(small, "smallest", 8, *ends)
    ledger.trained(large, "largest", 8, *ends)
    ledger.peeked(large, 8)
    assert (ledger.passes, ledger.peeks, ledger.images) == (2, 1, 16)
    assert ledger.macs == 8 * (3 * ends[0] + 4 * ends[1])
    assert ledger.sizes == {"fifth 1": 1, "fifth 5": 1}
    assert ledger.choices == Counter([*choices_of(small), *choices_of(large)])
    assert Ledger.from_dict(ledger.to_dict()) == ledger
    shares = ledger.attention_shares(tiny_space)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares.keys() == {a.attention.type if a.attention else "none" for a in (small.levels[1], large.levels[1])}
