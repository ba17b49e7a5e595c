"""What a budget means, in sentences, and the few choices that are worth showing."""

import pytest

from nas.describing.budgets import LINE, SHOWN, that_matter, verdict, verdict_line
from nas.search.feasibility import Choice, Latencies
from search_space import published

SPACE = Latencies(
    smallest=published("mit-b0"), smallest_ms=2.0, median_ms=5.0, largest=published("mit-b3"), largest_ms=20.0
)
END = "2.0 ms, the median one 5.0 ms and the slowest 20 ms (upper ends at 90% confidence)"


@pytest.mark.parametrize(
    ("budget_ms", "said"),
    [
        (4.0, f"4 ms can be met on board: the fastest network takes 2 times less than that, {END}"),
        (0.5, f"0.5 ms cannot be met on board: the fastest network takes 4 times as long, {END}"),
        (
            40.0,
            f"40 ms can be met on board: the fastest network takes 20 times less than that, {END}"
            "; even the slowest keeps it, so that it limits nothing",
        ),
    ],
)
def test_the_verdict(budget_ms: float, said: str) -> None:
    assert verdict(SPACE, "board", budget_ms, 0.9) == said


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("board", "4 ms can be met on board: fastest 2.0 ms, median 5.0 ms, slowest 20 ms"),
        ("b" * 40, "4 ms can be met there: fastest 2.0 ms, median 5.0 ms, slowest 20 ms"),
    ],
)
def test_the_verdict_in_a_line(device: str, said: str) -> None:
    assert verdict_line(SPACE, device, 4.0) == said
    assert len(said) <= LINE


def choice(gene: str, latency_ms: float, accuracy: float | None = None) -> Choice:
    return Choice(
        gene=gene,
        before=1,
        after=2,
        words=gene,
        latency_ms=latency_ms,
        accuracy=accuracy,
        latency_extrapolated=False,
        accuracy_extrapolated=False,
    )


def test_what_buys_most_comes_first_then_what_saves_most_cheaply() -> None:
    """From 10 ms with a budget of 12."""
    buys, less, slow = choice("a", 1.0, 0.5), choice("a", 1.0, 0.3), choice("b", 3.0, 2.0)
    dear, cheap, cheapest = choice("c", -1.0, -1.0), choice("d", -1.0, -0.1), choice("e", -2.0, -0.01)
    little = choice("f", -0.1, 0.0)
    near = [less, dear, little, slow, cheap, buys, cheapest]
    assert that_matter(near, 10.0, 12.0) == [buys, cheapest, cheap, dear]


def test_without_accuracies_the_largest_differences_are_shown() -> None:
    near = [choice(str(gene), ms) for gene, ms in enumerate((0.1, -3.0, 2.0, 0.5, -1.0, 0.2))]
    found = that_matter([*near, choice("1", -2.5)], 10.0, 12.0)
    assert [each.latency_ms for each in found] == [-3.0, 2.0, -1.0, 0.5, 0.2]
    assert len(found) == SHOWN
