"""Networks as torch modules, and the supernet that holds all members of a space in one set of weights."""

from supernet.audit import Audit, Audited, attention_of, audit, pick_networks
from supernet.building import build_operator
from supernet.converters import convert, load_published, recognise, save_weights
from supernet.data import DATASETS, DataSource, ImageData, batches_per_epoch, load_dataset
from supernet.evaluation import check_fits, check_heads, evaluate, input_side, network_score
from supernet.fair import FairSampler
from supernet.folding import fold_batch_norms
from supernet.judged import judged_network
from supernet.network import Network, build
from supernet.strategies import RECIPES
from supernet.supernet import Supernet
from supernet.tasks import TASKS, Metric, Score, Task, task_of
from supernet.training import (
    Callbacks,
    Cluster,
    Ledger,
    Progress,
    RayJob,
    TrainConfig,
    race,
    read_race,
    run_length,
    train,
    train_alone,
    train_on_ray,
    write_race,
)
from supernet.weights.checkpoint import load_supernet, read_manifest, supernet_dataset, supernet_digest
from supernet.weights.initialise import Initialised, StartingPoint

__all__ = [
    "DATASETS",
    "RECIPES",
    "TASKS",
    "Audit",
    "Audited",
    "Callbacks",
    "Cluster",
    "DataSource",
    "FairSampler",
    "ImageData",
    "Initialised",
    "Ledger",
    "Metric",
    "Network",
    "Progress",
    "RayJob",
    "Score",
    "StartingPoint",
    "Supernet",
    "Task",
    "TrainConfig",
    "attention_of",
    "audit",
    "batches_per_epoch",
    "build",
    "build_operator",
    "check_fits",
    "check_heads",
    "convert",
    "evaluate",
    "fold_batch_norms",
    "input_side",
    "judged_network",
    "load_dataset",
    "load_published",
    "load_supernet",
    "network_score",
    "pick_networks",
    "race",
    "read_manifest",
    "read_race",
    "recognise",
    "run_length",
    "save_weights",
    "supernet_dataset",
    "supernet_digest",
    "task_of",
    "train",
    "train_alone",
    "train_on_ray",
    "write_race",
]
