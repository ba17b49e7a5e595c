"""The front by hand."""

from nas.rivals.front import front_of
from nas.rivals.table import Line


def line(name: str, p50_ms: float, top1: float) -> Line:
    return Line(
        name=name,
        family="levit",
        ours=False,
        arch_id="",
        height=224,
        width=224,
        top1=top1,
        top1_origin="published",
        source="",
        parameters=1,
        macs=1,
        memory_mb=None,
        p50_ms=p50_ms,
        low_ms=p50_ms,
        high_ms=p50_ms,
        latency_origin="measured",
        quality="ok",
        pretraining="in1k",
        distilled=None,
        epochs=None,
        measured_at="",
    )


def test_the_front_by_hand() -> None:
    lines = [line("slow", 9.0, 80.0), line("fast", 1.0, 70.0), line("equal", 2.0, 70.0), line("worse", 8.0, 75.0)]
    lines += [line("good", 4.0, 78.0), line("tied", 1.0, 65.0)]
    assert [each.name for each in front_of(lines)] == ["fast", "good", "slow"]
    assert front_of([]) == []
