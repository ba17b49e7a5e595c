"""Networks that wait for their accuracy, as an Optuna study in a journal file that processes share.

A network is a trial: waiting, running at one worker, complete, or failed where its worker was lost; then it waits
again as a new trial. Nothing is counted twice, since a network has at most one trial that is not failed. The locks on
the file are let go by the system when their process dies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.disk.locks import AppendLock, holding
from nas.search.journal import distributions
from nas.search.judge import Accuracy
from search_space import ArchConfig, SearchSpace

if TYPE_CHECKING:
    import optuna

JOURNAL, STUDY_NAME = "workers.journal", "evaluations"
STATE = "search"  # attribute of the study: what the search that asks is doing
FINISHED = "finished"


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One network to evaluate."""

    arch: ArchConfig
    trial: "optuna.Trial"


class EvaluationQueue:
    """The networks of one search that are to be evaluated.

    Args:
        folder: the run's folder.
        space: every network is a member.

    Raises:
        ValueError: the folder's journal is damaged.
    """

    def __init__(self, folder: Path, space: SearchSpace) -> None:
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalStorage

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        path = folder / JOURNAL
        self._space, self._distributions, self._taking = space, distributions(space), folder / ".taking.lock"
        try:
            self._study = optuna.create_study(
                storage=JournalStorage(JournalFileBackend(str(path), lock_obj=AppendLock(path))),
                study_name=STUDY_NAME,
                direction="maximize",
                sampler=optuna.samplers.RandomSampler(),  # never asked: every trial is put there whole
                load_if_exists=True,
            )
        except (ValueError, KeyError) as error:
            raise ValueError(f"{path} is damaged ({error}); delete it, evaluations are kept elsewhere too") from None
        self._failed_before = {trial.number for trial in self._trials(optuna.trial.TrialState.FAIL)}
        self.lost = Counter[str]()  # workers that a network has cost, by arch_id, as far as given back here

    @property
    def state(self) -> str:
        """What the search said last of itself."""
        return str(self._study.user_attrs.get(STATE, ""))

    def announce(self, state: str) -> None:
        """Say what the search is doing."""
        self._study.set_user_attr(STATE, state)

    def put(self, archs: Sequence[ArchConfig]) -> None:
        """Let those wait that neither wait, nor run, nor are evaluated."""
        import optuna

        state = optuna.trial.TrialState
        there = {_name(trial) for trial in self._trials(state.WAITING, state.RUNNING, state.COMPLETE)}
        for arch in archs:
            if arch.arch_id not in there:
                values = self._space.encode(arch)
                self._study.add_trial(
                    optuna.trial.create_trial(
                        state=state.WAITING,
                        params=dict(zip(self._distributions, values, strict=True)),
                        distributions=self._distributions,
                        user_attrs={"arch_id": arch.arch_id},
                    )
                )

    def take(self, worker: str) -> Task | None:
        """The network that has waited longest, which is that worker's from now on; None where none waits."""
        import optuna

        if not self._trials(optuna.trial.TrialState.WAITING):
            return None
        with holding(self._taking):  # between the look and the claim nobody else may take the last one
            if not self._trials(optuna.trial.TrialState.WAITING):
                return None
            trial = self._study.ask()
            trial.set_user_attr("worker", worker)
        return Task(arch=self._space.decode([trial.params[name] for name in self._distributions]), trial=trial)

    def finish(self, task: Task, accuracy: Accuracy) -> None:
        """File a result; that of a worker which was given up meanwhile is dropped."""
        self._close(task, "accuracy", asdict(accuracy), accuracy.value)

    def fail(self, task: Task, message: str) -> None:
        """Note that the evaluation itself failed."""
        self._close(task, "error", message, None)

    def give_back(self, task: Task) -> None:
        """Let a network wait again whose worker was lost."""
        self._close(task, "lost", True, None)
        self.lost[task.arch.arch_id] += 1
        self.put([task.arch])

    def give_back_lost(self, lives: Callable[[str], bool]) -> None:
        """Let networks wait again whose workers do not live any more."""
        import optuna

        running = optuna.trial.TrialState.RUNNING
        if all(lives(_worker(trial)) for trial in self._trials(running)):
            return
        with holding(self._taking):  # nobody is between taking a network and signing for it
            lost = [trial for trial in self._trials(running) if not lives(_worker(trial))]
            for trial in lost:
                self._tell(trial.number, None)
        archs = [self._space.decode([trial.params[name] for name in self._distributions]) for trial in lost]
        self.put(archs)
        self.lost.update(arch.arch_id for arch in archs)

    def results(self, wanted: Collection[str]) -> dict[str, Accuracy]:
        """The accuracies that were found of the `wanted` networks, by `arch_id`."""
        import optuna

        found = [each for each in self._trials(optuna.trial.TrialState.COMPLETE) if _name(each) in wanted]
        return {_name(trial): Accuracy(**trial.user_attrs["accuracy"]) for trial in found}

    def finished(self) -> int:
        """How many networks have an accuracy."""
        import optuna

        return len(self._trials(optuna.trial.TrialState.COMPLETE))

    def error(self) -> str | None:
        """The first evaluation that failed since this queue was opened."""
        import optuna

        failed = self._trials(optuna.trial.TrialState.FAIL)
        new = [each for each in failed if each.number not in self._failed_before and "error" in each.user_attrs]
        return str(new[0].user_attrs["error"]) if new else None

    def _trials(self, *states: "optuna.trial.TrialState") -> list["optuna.trial.FrozenTrial"]:
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _close(self, task: Task, key: str, note: Any, value: float | None) -> None:
        import optuna

        try:
            task.trial.set_user_attr(key, note)
        except optuna.exceptions.UpdateFinishedTrialError:
            return
        self._tell(task.trial.number, value)

    def _tell(self, number: int, value: float | None) -> None:
        import optuna

        state = optuna.trial.TrialState.FAIL if value is None else optuna.trial.TrialState.COMPLETE
        try:
            self._study.tell(number, value, state=state, skip_if_finished=True)
        except optuna.exceptions.UpdateFinishedTrialError:  # told by another process a moment ago
            return


def _name(trial: "optuna.trial.FrozenTrial") -> str:
    return str(trial.user_attrs["arch_id"])


def _worker(trial: "optuna.trial.FrozenTrial") -> str:
    return str(trial.user_attrs.get("worker", ""))
