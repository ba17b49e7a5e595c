"""What networks are trained for, one file each: targets, loss, distillation and score. Data sets name their task."""

from supernet.data.description import ImageDescription
from supernet.tasks.classification import Classification
from supernet.tasks.distillation import DISTILLATIONS
from supernet.tasks.protocol import Batch, Divergence, Metric, Score, Scorer, Task

TASKS: dict[str, Task] = {"classification": Classification()}


def task_of(data: ImageDescription) -> Task:
    """The task of a data set.

    Raises:
        ValueError: the data set names one that is not registered.
    """
    if data.task not in TASKS:
        raise ValueError(f"data {data.name} are for the unknown task {data.task!r}; known: {', '.join(TASKS)}")
    return TASKS[data.task]


__all__ = [
    "DISTILLATIONS",
    "TASKS",
    "Batch",
    "Classification",
    "Divergence",
    "Metric",
    "Score",
    "Scorer",
    "Task",
    "task_of",
]
