"""Training of supernets: settings, steps, the ledger, state on disk."""

from supernet.training.alone import train_alone
from supernet.training.cluster import Cluster
from supernet.training.config import TrainConfig
from supernet.training.ledger import Ledger
from supernet.training.loop import Callbacks, Progress, run_length, train
from supernet.training.on_ray import RayJob, train_on_ray
from supernet.training.race import Race, race, read_race, write_race
from supernet.training.step import Stepper

__all__ = [
    "Callbacks",
    "Cluster",
    "Ledger",
    "Progress",
    "Race",
    "RayJob",
    "Stepper",
    "TrainConfig",
    "race",
    "read_race",
    "run_length",
    "train",
    "train_alone",
    "train_on_ray",
    "write_race",
]
