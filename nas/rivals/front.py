"""The front of measured rivals and published networks: what no faster one equals."""

from collections.abc import Sequence

from nas.rivals.table import Line


def front_of(lines: Sequence[Line]) -> list[Line]:
    """The lines that no faster one equals in top-1, by latency."""
    best, front = -1.0, list[Line]()
    for line in sorted(lines, key=lambda line: (line.p50_ms, -line.top1)):
        if line.top1 > best:
            best = line.top1
            front.append(line)
    return front
