"""Weights on disk: checkpoints of supernets, and published ones that a supernet starts from."""

from supernet.weights.checkpoint import load_supernet, read_manifest, supernet_dataset, supernet_digest
from supernet.weights.initialise import Initialised, StartingPoint

__all__ = [
    "Initialised",
    "StartingPoint",
    "load_supernet",
    "read_manifest",
    "supernet_dataset",
    "supernet_digest",
]
