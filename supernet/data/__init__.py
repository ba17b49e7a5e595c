"""Data sets, one file each, and the augmentation of their batches."""

from supernet.data.augmentation import Augmentation
from supernet.data.augmenting import augmented
from supernet.data.image_folder import image_folder
from supernet.data.memory import ImageData
from supernet.data.plan import batch_generator, batches_per_epoch
from supernet.data.registry import DATASETS, load_dataset
from supernet.data.source import DataSource
from supernet.data.streamed import StreamedData

__all__ = [
    "DATASETS",
    "Augmentation",
    "DataSource",
    "ImageData",
    "StreamedData",
    "augmented",
    "batch_generator",
    "batches_per_epoch",
    "image_folder",
    "load_dataset",
]
