"""What is known of a data set's images before any of them is read."""

from typing import Protocol


class ImageDescription(Protocol):
    """Square images of `channels` channels, labelled from 0 to `classes` - 1.

    `name` is what `load_dataset` takes to make the same data set again, `resolution` the size in pixels unless
    another one is asked for. Images in [0, 1] are normalised with one `mean` and one `std` for each channel. `task`
    is the name of what networks are trained for on these labels, an entry of `supernet.tasks.TASKS`.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def task(self) -> str: ...  # noqa: D102
    @property
    def classes(self) -> int: ...  # noqa: D102
    @property
    def channels(self) -> int: ...  # noqa: D102
    @property
    def resolution(self) -> int: ...  # noqa: D102
    @property
    def mean(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def std(self) -> tuple[float, ...]: ...  # noqa: D102
