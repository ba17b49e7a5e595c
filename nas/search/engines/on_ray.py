"""Engine `ray`: actors on a Ray cluster, each with the supernet in memory, that evaluate one network at a time.

Plain actors rather than Ray Tune's trials: Tune starts, saves and restores a trainable for each, which takes longer
than many an evaluation, and knows no queue that other processes may help with. The leader takes networks from the
queue for its actors. A node that goes away takes its actors along; what they were at waits again, and replacements
start where there is room.
"""

import time
from typing import TYPE_CHECKING, Any

from nas.errors import UserError
from nas.search.engines.queue import EvaluationQueue, Task
from nas.search.engines.worker import POLL
from nas.search.judge import Accuracy, AccuracyJudge
from search_space import ArchConfig

if TYPE_CHECKING:
    from ray import ObjectRef
    from ray.actor import ActorHandle

START_WAIT = 180.0  # seconds for the first actor
MAX_LOSSES = 3  # per actor, without a result in between


class Evaluator:
    """What runs on the nodes."""

    def __init__(self, accuracy: AccuracyJudge) -> None:
        self._accuracy = accuracy

    def ready(self) -> None:
        """Answers once the judge is loaded."""

    def evaluate(self, arch: ArchConfig) -> Accuracy:
        """One network's accuracy."""
        return self._accuracy([arch])[0]


class RayCrew:
    """That many actors on the cluster at `address`, on this machine when it is None.

    Raises:
        UserError: Ray is not installed, the cluster cannot be reached, or no actor starts.
    """

    def __init__(self, name: str, accuracy: AccuracyJudge, *, workers: int, address: str | None) -> None:
        self._owns = _connect(workers, address)
        import ray

        self._name, self._wanted = name, workers
        self._judge = ray.put(accuracy)
        self._actor = ray.remote(Evaluator).options(num_cpus=1, max_restarts=0)
        self._idle: list[ActorHandle[Any]] = []
        self._busy: dict[ObjectRef[Any], tuple[ActorHandle[Any], Task | None]] = {}
        self._losses, self._began, self._worked = 0, time.monotonic(), False
        for _ in range(workers):
            self._hire()

    def tend(self, queue: EvaluationQueue) -> None:
        """Give networks to idle actors, then wait a moment for results."""
        import ray

        while self._idle and (task := queue.take(f"{self._name}/ray")) is not None:
            actor = self._idle.pop()
            self._busy[actor.evaluate.remote(task.arch)] = actor, task
        for ref in ray.wait(list(self._busy), timeout=POLL)[0]:
            self._gather(queue, *self._busy.pop(ref), ref)
        if not self._worked and time.monotonic() - self._began > START_WAIT:
            raise UserError(f"no worker started within {START_WAIT:.0f} s; the cluster has {ray.cluster_resources()}")

    def close(self) -> None:
        """End the actors, and leave the cluster."""
        import ray

        for actor in [*self._idle, *(actor for actor, _ in self._busy.values())]:
            ray.kill(actor)
        if self._owns:
            ray.shutdown()

    def _hire(self) -> None:
        actor = self._actor.remote(self._judge)
        self._busy[actor.ready.remote()] = actor, None

    def _gather(self, queue: EvaluationQueue, actor: "ActorHandle[Any]", task: Task | None, ref: Any) -> None:
        import ray

        try:
            accuracy = ray.get(ref)
        except ray.exceptions.RayTaskError as error:  # the evaluation itself
            if task is not None:
                queue.fail(task, str(error.cause))
            return
        except ray.exceptions.RayError as error:  # the actor, or its node
            if task is not None:
                queue.give_back(task)
            self._replace(error)
            return
        self._idle.append(actor)
        self._worked = True
        if task is not None:
            queue.finish(task, accuracy)
            self._losses = 0

    def _replace(self, error: Exception) -> None:
        self._losses += 1
        if self._losses > MAX_LOSSES * self._wanted:
            raise UserError(f"Ray's workers are lost before they evaluate anything: {str(error).splitlines()[0]}")
        self._hire()


def _connect(workers: int, address: str | None) -> bool:
    """Whether the connection is ours to close."""
    try:
        import ray
    except ImportError as error:
        raise UserError(f"--engine ray needs Ray: pip install 'efficientvit-nas[ray]' ({error})") from None
    if ray.is_initialized():
        return False
    try:
        if address is None:  # "local": no cluster that happens to run here
            ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=address, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise UserError(f"no Ray cluster at {address}: {str(error).splitlines()[0]}") from None
    return True
