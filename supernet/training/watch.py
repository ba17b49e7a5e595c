"""What a run leaves for people: `log.csv`, and TensorBoard events beside it."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG = "log.csv"
COLUMNS = (
    "step", "passes", "loss", "learning_rate", "images_per_second", "largest", "smallest", "random",
)  # fmt: skip


class Log:
    """Appends a row a step; scores are there in the steps that measured them."""

    def __init__(self, file: TextIO, events: "SummaryWriter") -> None:
        self._rows, self._events = csv.writer(file), events

    def add(self, step: int, values: dict[str, float]) -> None:
        """Write the row of a step, in both places."""
        self._rows.writerow([step, *(values.get(name, "") for name in COLUMNS[1:])])
        for name, value in values.items():
            self._events.add_scalar(name, value, step)


@contextmanager
def logging(folder: Path, step: int) -> Iterator[Log]:
    """The log of a run that goes on after `step`; what a killed process wrote beyond that is cut off."""
    from torch.utils.tensorboard import SummaryWriter

    path = folder / LOG
    kept = _kept_bytes(path, step) if path.exists() else 0
    with (
        path.open("a", newline="", encoding="utf-8", buffering=1) as file,  # line by line, so that a kill loses none
        SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1) as events,
    ):
        file.truncate(kept)
        if not kept:
            csv.writer(file).writerow(COLUMNS)
        yield Log(file, events)


def _kept_bytes(path: Path, step: int) -> int:
    """Length of the heading and the whole rows up to `step`."""
    kept = 0
    for line in path.read_bytes().splitlines(keepends=True):
        first = line.partition(b",")[0]
        if not line.endswith(b"\n") or (first.isdigit() and int(first) > step):
            break
        kept += len(line)
    return kept
