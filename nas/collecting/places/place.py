"""What a place is where plans are measured."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nas.devices import Device
from nas.measuring.runner.protocol import MeasuringProtocol

if TYPE_CHECKING:
    from nas.collecting.places.bundle import BundleReport
    from nas.measuring.plan import Named, Plan
    from predictors import LatencyTable

Step = Callable[[int, int], None]  # steps done, of how many
Progress = Callable[[str], AbstractContextManager[Step]]  # by what is being done


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is measured on which device, and the folder of its table.

    `bundle` is where a bundle lies or is to lie, `models` where exported models stay to be used again.
    """

    plan: "Plan"
    device: Device
    space: "Named"
    protocol: MeasuringProtocol
    folder: Path
    bundle: Path | None = None
    models: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The table, how many visits in it are new and how many items of the plan were not visited yet; or only the
    bundle, where somebody has to carry it.
    """

    table: "LatencyTable | None" = None
    new: int = 0
    missing: int = 0
    bundle: "BundleReport | None" = None


class Place(Protocol):
    """Where a plan can be measured. The same call goes on after it was stopped."""

    name: str

    def check(self, device: Device) -> None:
        """Whether the device can be measured there.

        Raises:
            UserError: it cannot; says what else can be done.
        """
        ...

    def measure(self, job: Job, *, progress: Progress, on_note: Callable[[str], None]) -> Outcome:
        """Measure what the job's folder lacks and file it.

        Raises:
            UserError: the folder holds another plan, or the place cannot be reached.
            RunnerError: the runner there ended with an error; gives its last line.
        """
        ...
