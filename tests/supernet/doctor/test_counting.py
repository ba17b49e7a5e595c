"""Counting: costs that lie are found, and the counter itself counts by hand."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from search_space import Cost, LinearAttention
from supernet.doctor.counting import counted, parameters

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]


def lying_cost(**changes: int) -> Plant:
    """A cost that is off by a little in one field."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = LinearAttention.cost
        patch.setattr(LinearAttention, "cost", lambda *arguments: right(*arguments) + Cost(**changes))

    return plant


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (lying_cost(parameters=1), "parameters", "linear attention, "),
        (lying_cost(macs_attention=1), "macs", "linear attention, "),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


class By(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x @ x.transpose(1, 2), 2 * 3 * 4 * 3),
        (lambda x: torch.bmm(x, x.transpose(1, 2)), 2 * 3 * 4 * 3),
        (lambda x: torch.einsum("bij,bkj->bik", x, x), 2 * 3 * 4 * 3),
        (lambda x: torch.einsum("bij->bi", x), 0),
        (lambda x: F.scaled_dot_product_attention(x, x, x), 2 * (2 * 3 * 3 * 4)),
        (lambda x: x.softmax(dim=-1) + x.sum(), 0),
    ],
)
def test_products_by_hand(function: Callable[[Tensor], Tensor], expected: int) -> None:
    assert counted(By(function), (2, 3, 4)) == expected


def test_layers_by_hand() -> None:
    conv = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
    assert counted(conv, (1, 4, 5, 7)) == 6 * 2 * 9 * 3 * 4
    assert counted(nn.Sequential(nn.Flatten(), nn.Linear(20, 3)), (1, 4, 5)) == 60
    assert parameters(conv) == 6 * 2 * 9 + 6
