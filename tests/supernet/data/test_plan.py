"""The training order: a permutation, the same for every world size, and a function of (seed, epoch) alone."""

import numpy as np
import pytest
import torch

from supernet.data.plan import PlannedBatch, batch_generator, batches_per_epoch, image_stream, plan_batches


def plan(count: int = 103, **changes: object) -> list[PlannedBatch]:
    values: dict[str, object] = {"epoch": 0, "batch": 8, "seed": 0, "resolutions": (16, 24, 32)}
    return plan_batches(count, **{**values, **changes})  # type: ignore[arg-type]


def indices(batches: list[PlannedBatch]) -> list[list[int]]:
    return [batch.indices.tolist() for batch in batches]


def test_no_image_comes_twice_in_an_epoch() -> None:
    seen = np.concatenate([batch.indices for batch in plan()])
    assert len(seen) == 12 * 8
    assert len(set(seen.tolist())) == len(seen)


@pytest.mark.parametrize("world", [2, 3])
def test_ranks_interleave_to_the_order_of_one_process(world: int) -> None:
    ranks = [plan(rank=rank, world=world) for rank in range(world)]
    together = [ranks[step % world][step // world] for step in range(len(ranks[0]) * world)]
    assert indices(together) == indices(plan())[: len(together)]
    for step in zip(*ranks, strict=True):
        assert len({batch.resolution for batch in step}) == 1


def test_start_skips_batches_and_changes_nothing_else() -> None:
    whole, rest = plan(epoch=3), plan(epoch=3, start=5)
    assert indices(rest) == indices(whole)[5:]
    assert [batch.resolution for batch in rest] == [batch.resolution for batch in whole][5:]
    assert plan(start=12) == []


def test_epochs_and_seeds_differ_and_repeat() -> None:
    assert indices(plan(epoch=1)) == indices(plan(epoch=1))
    assert indices(plan(epoch=0)) != indices(plan(epoch=1)) != indices(plan(epoch=1, seed=1))
    assert {batch.resolution for batch in plan()} == {16, 24, 32}


def test_streams_depend_on_every_number_of_their_key() -> None:
    keys = [(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0, 0)]
    assert len({float(image_stream(*key).random()) for key in keys}) == 4
    assert len({float(torch.rand(1, generator=batch_generator(*key))) for key in keys}) == 4
    assert float(image_stream(1, 2, 3).random()) == float(image_stream(1, 2, 3).random())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 64, "world": 2}, "takes 128 training images; there are 103"),
        ({"batch": 0}, "batch and world must be at least 1, got 0 and 1"),
        ({"rank": 2, "world": 2}, "rank must be from 0 to 1, got 2"),
        ({"start": 13}, "start must be from 0 to 12, got 13"),
    ],
)
def test_impossible_plans_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(**changes)


def test_batches_per_epoch_counts_full_steps_of_all_ranks() -> None:
    assert [batches_per_epoch(103, batch=8, world=world) for world in (1, 2, 12)] == [12, 6, 1]
