"""The head of the Microsoft family against counts by hand."""

from search_space import NormLinearHead


def test_counts_by_hand() -> None:
    """The batch norm folds into the linear layer; the map does not matter, it is averaged."""
    head = NormLinearHead(classes=10)
    found = head.cost(((8, 2, 3),), "hswish")
    assert (found.macs, found.parameters, found.weights) == (80, 16 + 80 + 10, 80 + 10)
    assert found == head.cost(((8, 7, 7),), "relu")


def test_it_has_no_epsilon_of_its_own() -> None:
    head = NormLinearHead(classes=10)
    assert head.with_conv_norm_eps(1e-5) is head
    assert head.conv_norm_eps is None
