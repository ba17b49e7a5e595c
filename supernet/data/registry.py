"""Data sets by name; a path is an image folder."""

from collections.abc import Callable
from pathlib import Path

from search_space.checks import did_you_mean
from supernet.data.cluttered_digits import cluttered_digits
from supernet.data.digits import digits
from supernet.data.fractals import fractals
from supernet.data.image_folder import image_folder
from supernet.data.memory import ImageData
from supernet.data.source import DataSource

DATASETS: dict[str, Callable[[str], ImageData]] = {
    "digits": digits,
    "cluttered-digits": cluttered_digits,
    "fractals": fractals,
}
"""Name -> loader, which takes the text after the colon of `name:option=value,...`."""


def load_dataset(name: str) -> DataSource:
    """The data set of that name, with its options after a colon, or the image folder at that path.

    Raises:
        ValueError: the name or an option is not known and there is no such folder, or the folder cannot be used.
    """
    head, _, options = name.partition(":")
    if head in DATASETS:
        return DATASETS[head](options)
    if not Path(name).is_dir():
        raise ValueError(
            f"unknown data set {name!r}{did_you_mean(head, DATASETS)}; known: {', '.join(DATASETS)}, or the path of "
            "a folder that holds train/<class>/*.jpg and val/<class>/*.jpg"
        )
    return image_folder(Path(name))
