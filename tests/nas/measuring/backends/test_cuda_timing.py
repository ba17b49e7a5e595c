"""Timing on a GPU, with a stand-in for it."""

import inspect
from typing import Any

import pytest
import torch

from nas.measuring.backends.cuda_timing import TimedGraph
from nas.measuring.runner.errors import ModelError


def public(cls: type) -> dict[str, Any]:
    bases = [base for base in cls.__mro__ if base not in (object, bytes)]
    return {name: value for base in bases for name, value in vars(base).items() if name[0] != "_"}


def test_the_stand_in_for_the_gpu_has_the_names_of_torch(gpu: Any) -> None:
    assert all(hasattr(torch.cuda, name) for name in public(type(gpu)) if name != "work")
    assert all(hasattr(torch.cuda.Event, name) for name in public(gpu.Event))
    assert all(hasattr(torch.cuda.CUDAGraph, name) for name in ("replay",))
    assert {"enable_timing"} <= set(inspect.signature(torch.cuda.Event.__new__).parameters)
    assert {"cuda_graph", "stream"} <= set(inspect.signature(torch.cuda.graph.__init__).parameters)


def test_a_graph_times_the_gpu_and_not_the_host(gpu: Any) -> None:
    timed = TimedGraph(gpu, lambda stream: gpu.work())
    assert gpu.runs == 3  # nothing ran while it was captured
    assert timed.visit(5)[0] == [500_000] * 5
    assert gpu.runs == 3 + 6


def test_what_cannot_be_captured_is_told(gpu: Any) -> None:
    def enqueue(stream: int) -> None:
        raise RuntimeError("operation not permitted when stream is capturing\nat ...")

    with pytest.raises(ModelError, match=r"captured as a CUDA graph: operation not permitted .* capturing$"):
        TimedGraph(gpu, enqueue)
