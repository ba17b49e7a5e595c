"""Scores of sub-networks: repeatable, of what the network answers, and only where network and data fit."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from search_space import SearchSpace, SegHead
from supernet import ImageData, build, check_fits, check_heads, evaluate, input_side, load_supernet, network_score
from supernet.evaluation import score_on
from supernet.tasks.classification import TopOne


def test_evaluation_is_repeatable(trained: Path, named_tiny: SearchSpace, few_digits: ImageData) -> None:
    supernet, arch = load_supernet(trained), named_tiny.smallest()
    first = evaluate(supernet, arch, few_digits)
    assert evaluate(load_supernet(trained), arch, few_digits) == first
    assert (first.metric, first.images) == ("top-1", 40)
    assert first.value == 100 * round(first.value / 100 * 40) / 40


def test_a_score_is_that_of_the_extracted_network(
    trained: Path, named_tiny: SearchSpace, few_digits: ImageData
) -> None:
    supernet, arch = load_supernet(trained), named_tiny.largest()
    found = evaluate(supernet, arch, few_digits)
    network = supernet.extract(arch)
    assert network_score(network, few_digits) == network_score(network, few_digits, batch=7) == found
    with torch.no_grad():
        answers = network.eval()(few_digits.test_images).argmax(dim=1)
    assert found.value == pytest.approx(100 * float((answers == few_digits.test_labels).float().mean()))


def test_judging_leaves_no_gradient_and_the_network_in_evaluation_mode(tiny_space: SearchSpace) -> None:
    network = build(tiny_space.smallest(), seed=0).train()
    score_on(network, [(torch.zeros(2, 1, 16, 16), torch.zeros(2, dtype=torch.long))], TopOne())
    assert not network.training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_data_of_another_kind_are_refused(tiny_space: SearchSpace, few_digits: ImageData) -> None:
    check_fits(tiny_space, few_digits)
    with pytest.raises(ValueError, match="takes 1-channel images of 10 classes; data digits has 1 and 7"):
        check_fits(tiny_space, replace(few_digits, classes=7))
    with pytest.raises(ValueError, match="data digits are for classification; space tiny has a seg head"):
        check_heads(replace(tiny_space, heads=(SegHead(width=8, depth=1, classes=10),)), few_digits)
    with pytest.raises(ValueError, match="unknown task 'poetry'; known: classification"):
        check_heads(tiny_space, replace(few_digits, task="poetry"))


def test_images_are_square(tiny_space: SearchSpace) -> None:
    arch = tiny_space.smallest()
    assert input_side(arch) == 16
    with pytest.raises(ValueError, match=r"square images; .* takes 16x32"):
        input_side(replace(arch, resolution=(16, 32)))
