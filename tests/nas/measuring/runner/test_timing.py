"""Models that this process times itself."""

from pathlib import Path

import pytest

from nas.measuring.runner import loop, timing
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.timing import Timed

FAST = MeasuringProtocol(rounds=4, extra_rounds=2, visit_ms=12.0, warm_up_ms=1.0, max_warm_up_ms=50.0)


class FakeTime:
    """Stands in for `time`: only the models' runs take any."""

    def __init__(self) -> None:
        self.now_ns = 0

    def perf_counter_ns(self) -> int:
        return self.now_ns

    def thread_time_ns(self) -> int:
        return self.now_ns

    def perf_counter(self) -> float:
        return self.now_ns / 1e9

    def strftime(self, *_: object) -> str:
        return "2000-01-01T00:00:00+00:00"

    def gmtime(self) -> None:
        pass

    def model(self, latency_ms: float) -> Timed:
        def run() -> None:
            self.now_ns += int(latency_ms * 1e6)

        return Timed(run)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(timing, "time", fake)
    monkeypatch.setattr(timing, "_switches", lambda: 0)
    monkeypatch.setattr(loop, "machine_state", dict)
    monkeypatch.setattr(loop, "note_reference", lambda *_: None)
    return fake


def test_an_unsteady_model_does_not_warm_up_for_ever(clock: FakeTime, tmp_path: Path) -> None:
    steps = iter(range(10**6))

    def growing() -> None:
        clock.now_ns += 1_000_000 + 200_000 * next(steps)

    started = clock.perf_counter()
    Timed(growing).warm_up(FAST)
    assert 1e3 * (clock.perf_counter() - started) < FAST.max_warm_up_ms + 100
