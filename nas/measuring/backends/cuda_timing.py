"""Times work on an NVIDIA GPU: captured once into a CUDA graph, each replay between two events of the same stream."""

import statistics
import time
from collections.abc import Callable
from typing import Any, Protocol

from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol


class Cuda(Protocol):
    """What is used of `torch.cuda`, the boundary behind which a GPU is needed."""

    Stream: Any
    Event: Any
    CUDAGraph: Any
    graph: Any
    stream: Any

    def synchronize(self) -> None:
        """Wait for everything that was queued."""
        ...

    def get_device_name(self) -> str:
        """Model of the GPU."""
        ...

    def get_device_capability(self) -> tuple[int, int]:
        """Its compute capability."""
        ...


class TimedGraph:
    """A captured piece of work that times itself on the GPU's own clock; host time and transfers are outside.

    All replays of a visit are queued at once, so that the host is not waited for between two of them.
    """

    def __init__(self, cuda: Cuda, enqueue: Callable[[int], None], *, keep: object = None) -> None:
        """Capture what `enqueue` puts on the stream whose handle it is given; `keep` lives as long as the graph.

        Raises:
            ModelError: it cannot be run or captured.
        """
        self._cuda, self._keep = cuda, keep
        self._stream, self._graph = cuda.Stream(), cuda.CUDAGraph()
        try:
            cuda.synchronize()  # what fills the inputs was queued on another stream
            with cuda.stream(self._stream):
                for _ in range(3):  # what is set up on first use must not be captured
                    enqueue(self._stream.cuda_stream)
            cuda.synchronize()
            with cuda.graph(self._graph, stream=self._stream):
                enqueue(self._stream.cuda_stream)
        except Exception as error:  # errors of CUDA share no base class
            raise ModelError(f"cannot be captured as a CUDA graph: {_first_line(error)}") from error

    def warm_up(self, protocol: MeasuringProtocol) -> float:
        """Replay until three medians in a row agree within 2 %; the last median in ms."""
        start, medians = time.perf_counter(), list[float]()
        while True:
            medians.append(statistics.median(self._times_ms(5)))
            elapsed_ms = (time.perf_counter() - start) * 1e3
            settled = len(medians) >= 3 and max(medians[-3:]) <= 1.02 * min(medians[-3:])
            if (settled and elapsed_ms >= protocol.warm_up_ms) or elapsed_ms >= protocol.max_warm_up_ms:
                return medians[-1]

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """`count` replays after one that is not counted: GPU ns twice over (there is no CPU time), no switches."""
        wall_ns = [max(1, round(ms * 1e6)) for ms in self._times_ms(count + 1)[1:]]
        return wall_ns, list(wall_ns), [0] * count

    def _times_ms(self, count: int) -> list[float]:
        pairs = [[self._cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(count)]
        try:
            with self._cuda.stream(self._stream):
                for before, after in pairs:
                    before.record(self._stream)
                    self._graph.replay()
                    after.record(self._stream)
            self._cuda.synchronize()
            return [float(before.elapsed_time(after)) for before, after in pairs]
        except Exception as error:
            raise ModelError(f"cannot run: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
