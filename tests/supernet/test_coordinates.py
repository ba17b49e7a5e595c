"""What indices mean: centre crops, leading channels, parts by name; taking and putting are inverse."""

import pytest
import torch
from torch import nn

from supernet.coordinates import Labels, coordinates, pick, put, take, union


def test_scale_branches_share_projection_columns_by_scale() -> None:
    whole = tuple((scale, head, 0) for scale in (0, 3, 5) for head in range(2))
    part = tuple((scale, head, 0) for scale in (0, 5) for head in range(2))
    rule = pick(part, whole)
    assert isinstance(rule, torch.Tensor)
    assert rule.tolist() == [0, 1, 4, 5]


def test_smaller_kernels_are_centre_crops() -> None:
    assert pick(range(-1, 2), range(-2, 3)) == range(1, 4)
    assert union([range(-1, 2), range(-2, 3)]) == range(-2, 3)


def test_coordinates_of_plain_layers() -> None:
    module = nn.Sequential(nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6), nn.Linear(6, 2))
    assert coordinates(module) == {
        "0.weight": (range(6), range(2), range(-1, 2), range(-1, 2)),
        "0.bias": (range(6),),
        "1.weight": (range(6),),
        "1.bias": (range(6),),
        "2.weight": (range(2), range(6)),
        "2.bias": (range(2),),
    }


def test_a_module_speaks_for_itself_and_for_its_place() -> None:
    class Odd(nn.Linear):
        def coordinates(self) -> dict[str, tuple[Labels, ...]]:
            return {**coordinates(self, own=False), "weight": (((0, 0), (1, 0)), range(3))}

    found = coordinates(nn.ModuleDict({"odd": Odd(3, 2)}))
    assert found == {"odd.weight": (((0, 0), (1, 0)), range(3)), "odd.bias": (range(2),)}


def test_narrower_layers_take_the_leading_channels() -> None:
    assert pick(range(4), range(9)) == range(4)
    assert union([range(4), range(9), range(2)]) == range(9)


def test_names_are_joined_in_order() -> None:
    assert union([((1, 0), (0, 5)), ((0, 5), (0, 3))]) == ((0, 3), (0, 5), (1, 0))
    assert pick(((0, 3), (0, 5)), ((0, 3), (0, 5), (1, 0))) == range(2)


@pytest.mark.parametrize(("part", "whole"), [(range(5), range(4)), (range(-2, 3), range(-1, 2))])
def test_what_is_not_there_cannot_be_picked(part: range, whole: range) -> None:
    with pytest.raises(KeyError, match="is not within"):
        pick(part, whole)
    with pytest.raises(KeyError):
        pick(((7, 7),), ((0, 0),))


def test_what_is_put_is_taken_and_nothing_else_moves() -> None:
    shared = torch.zeros(4, 3, 5)
    rules = [torch.tensor([3, 0]), range(1, 3), range(1, 4)]
    part = torch.arange(1.0, 13.0).reshape(2, 2, 3)
    put(shared, rules, part)
    assert torch.equal(take(shared, rules), part)
    assert (shared != 0).sum() == 12
    assert shared[0, 1].tolist() == [0, 7, 8, 9, 0]


def test_taking_lets_the_gradient_through() -> None:
    shared = torch.zeros(3, 4, requires_grad=True)
    take(shared, [range(1, 3), torch.tensor([0, 3])]).sum().backward()
    assert shared.grad is not None
    assert shared.grad.tolist() == [[0, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 1]]
