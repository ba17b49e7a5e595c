"""Subjects: sub-networks that stand for the others, stirred weights, and places in words."""

import pytest
import torch

from search_space import SearchSpace, named_space, operators
from supernet import Supernet
from supernet.doctor import Subject
from supernet.doctor.subject import distinct_operators, place, skeleton, start_values, words


@pytest.fixture
def subject(tiny_space: SearchSpace) -> Subject:
    return Subject(supernet=Supernet(tiny_space).eval(), seed=3)


def test_extremes_come_first_and_none_twice(subject: Subject, tiny_space: SearchSpace) -> None:
    assert subject.archs[:2] == (tiny_space.smallest(), tiny_space.largest())
    assert len(set(subject.archs)) == len(subject.archs) == 8
    assert len(Subject(supernet=subject.supernet, quick=True).archs) == 4


def test_nothing_is_constant_in_a_stirred_copy(subject: Subject) -> None:
    before = {key: value.detach().clone() for key, value in subject.supernet.shared.items()}
    starts = start_values(subject.supernet)
    for key, value in subject.stirred.shared.items():
        assert value.numel() == 1 or float(value.detach().std()) > 0, key
        assert torch.equal(value, before[key]) == (starts[key] in ("he", "small"))
    assert all(torch.equal(subject.supernet.shared[key], value) for key, value in before.items())


def test_images_are_those_of_the_seed(subject: Subject, tiny_space: SearchSpace) -> None:
    arch = tiny_space.smallest()
    first, again, other = (subject.images(arch, batch=3, seed=seed) for seed in (0, 0, 1))
    assert first.shape == (3, 1, 16, 16)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_subject_by_name() -> None:
    found = Subject.named("space:digits", quick=True, seed=2)
    assert (found.space, found.origin) == (named_space("digits"), "space:digits")
    assert (found.quick, found.trained) == (True, False)
    with pytest.raises(ValueError, match="unknown space 'moon'"):
        Subject.named("space:moon")
    with pytest.raises(ValueError, match="unknown part 'moon'"):
        Subject.named("part:moon")


def test_operators_have_the_place_of_their_first(subject: Subject) -> None:
    arch = subject.archs[0]
    found = distinct_operators((arch, arch))
    assert list(found.values()) == [(arch, path) for path, _ in operators(arch)]
    path, stem = operators(arch)[0]
    assert words(stem) == "downsample convolution, 1 x 16 x 16 to 4 channels"
    assert place(arch, path) == f"sub-network {arch.arch_id}, levels.2.downsample"
    assert next(skeleton(stem).parameters()).is_meta
