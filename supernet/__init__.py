"""Networks as torch modules, and the supernet that holds all members of a space in one set of weights."""

from supernet.blocks import build_operator
from supernet.checkpoint import load_supernet, read_manifest, supernet_dataset, supernet_digest
from supernet.converters import convert, load_published, recognise, save_weights
from supernet.data import DATASETS, DataSource, ImageData, load_dataset
from supernet.evaluation import check_fits, evaluate, input_side, network_accuracy
from supernet.folding import fold_batch_norms
from supernet.initialise import Initialised, StartingPoint
from supernet.network import Network, build
from supernet.supernet import Supernet
from supernet.training import Progress, TrainConfig, train

__all__ = [
    "DATASETS",
    "DataSource",
    "ImageData",
    "Initialised",
    "Network",
    "Progress",
    "StartingPoint",
    "Supernet",
    "TrainConfig",
    "build",
    "build_operator",
    "check_fits",
    "convert",
    "evaluate",
    "fold_batch_norms",
    "input_side",
    "load_dataset",
    "load_published",
    "load_supernet",
    "network_accuracy",
    "read_manifest",
    "recognise",
    "save_weights",
    "supernet_dataset",
    "supernet_digest",
    "train",
]
