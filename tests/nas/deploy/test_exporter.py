"""What an exporter is given."""

from collections.abc import Callable

import pytest

from nas.deploy.exporter import Exporter, Source
from supernet import Network


@pytest.mark.parametrize(("batch", "precision", "seed"), [(1, "fp32", 0), (4, "fp16", 7)])
def test_a_network_is_exported_at_the_size_of_its_architecture(
    alive: Callable[[str], Network], batch: int, precision: str, seed: int
) -> None:
    network = alive("none")
    found = Source.of_network(network, batch=batch, precision=precision, seed=seed)
    assert found.shape == (batch, 1, 16, 16)
    assert found.module is found.reference is network
    assert (found.arch, found.precision, found.seed) == (network.arch, precision, seed)


def test_what_an_exporter_does_not_say_itself() -> None:
    class Plain(Exporter):
        name, words, suffix = "plain", "nothing", ".plain"

    assert Plain().is_available() == (True, "")
    assert (Plain.precisions, Plain.fixes_batch, Plain.takes_modules) == (("fp32",), False, False)
