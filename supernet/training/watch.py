"""What a run leaves for people: `log.csv`, and TensorBoard events beside it."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG = "log.csv"
COLUMNS = (
    "step", "passes", "loss", "learning_rate", "images_per_second", "largest", "smallest", "random",
)  # fmt: skip


class Log:
    """Appends a row a step; accuracies are there in the steps that measured them."""

    def __init__(self, path: Path, events: "SummaryWriter") -> None:
        self._path, self._events = path, events

    def add(self, step: int, values: dict[str, float]) -> None:
        """Write the row of a step, in both places."""
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([step, *(values.get(name, "") for name in COLUMNS[1:])])
        for name, value in values.items():
            self._events.add_scalar(name, value, step)


@contextmanager
def logging(folder: Path, step: int) -> Iterator[Log]:
    """The log of a run that goes on after `step`; what a killed process wrote beyond that is cut off."""
    from torch.utils.tensorboard import SummaryWriter

    path = folder / LOG
    rows = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row and row[0].isdigit() and int(row[0]) <= step]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    with SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1) as events:
        yield Log(path, events)
