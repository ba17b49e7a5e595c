"""PyTorch on a GPU, with a stand-in for it."""

import contextlib
import types
from pathlib import Path

from nas.measuring.backends.torch_cuda import CudaTorchBackend
from nas.measuring.plan import Item
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv


def test_torch_on_a_gpu_is_a_graph_timed_by_events(tmp_path: Path) -> None:
    """The GPU is a stand-in; the module that is captured really runs."""
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    gpu = StandInGpu()
    backend = CudaTorchBackend(cuda=gpu, memory="cpu")
    loaded = backend.load_item(item, tmp_path, batch=2, precision="bf16", protocol=MeasuringProtocol())
    assert loaded.model.visit(3) == ([250_000] * 3, [250_000] * 3, [0] * 3)
    assert gpu.replays == 4


class StandInGpu:
    """What `TimedGraph` uses of `torch.cuda`; a replay takes 0.25 ms."""

    def __init__(self) -> None:
        self.replays = 0
        gpu = self

        class Event:
            def __init__(self, enable_timing: bool) -> None:
                self.at_ms = 0.0

            def record(self, stream: object) -> None:
                self.at_ms = 0.25 * gpu.replays

            def elapsed_time(self, end_event: "Event") -> float:
                return end_event.at_ms - self.at_ms

        class CUDAGraph:
            def replay(self) -> None:
                gpu.replays += 1

        self.Event, self.CUDAGraph = Event, CUDAGraph
        self.Stream = lambda: types.SimpleNamespace(cuda_stream=7)
        self.stream = lambda stream: contextlib.nullcontext()
        self.graph = lambda graph, stream: contextlib.nullcontext()

    def synchronize(self) -> None:
        pass

    def get_device_name(self) -> str:
        return "NVIDIA Test GPU"

    def get_device_capability(self) -> tuple[int, int]:
        return 9, 0
