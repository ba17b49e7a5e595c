"""A sub-network as it is judged: the weights of its supernet, batch-norm statistics of its own."""

from pathlib import Path

from search_space import ArchConfig
from supernet.data import DataSource, load_dataset
from supernet.evaluation import input_side
from supernet.network import Network
from supernet.weights import load_supernet, supernet_dataset


def judged_network(folder: Path, arch: ArchConfig, data: DataSource | str | None = None) -> Network:
    """The network `arch` of the supernet in `folder`, its statistics re-estimated on images of `data`.

    `data` is a data set or the name of one, by default the one that the supernet was trained on.

    Raises:
        ValueError: no supernet there, no such data, or a network that is no member; names it.
    """
    supernet = load_supernet(folder)
    if data is None or isinstance(data, str):
        data = load_dataset(data or supernet_dataset(folder))
    supernet.calibrate(arch, data.calibration_batches(resolution=input_side(arch)))
    return supernet.extract(arch)
