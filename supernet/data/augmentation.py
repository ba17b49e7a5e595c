"""Settings of the random changes of training batches: which, how likely and how strong."""

from dataclasses import dataclass

MAX_MAGNITUDE = 29  # of kornia's scale, on which 30 is the end of each operation's range


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What may happen to a training batch; at its defaults nothing does.

    `crop` is the range of the kept share of the area (random-resized crop, arXiv 1409.4842). `flip`, `flip_vertical`
    and `erase` (arXiv 1708.04896) are probabilities for each image. `rotate` is in degrees, `shift` in shares of the
    side, `scale` the largest relative change of size. RandAugment (arXiv 1909.13719) does `operations` of its changes
    at `magnitude`, from 1 to 29. `mixup` (arXiv 1710.09412) and `cutmix` (arXiv 1905.04899) are the parameters of
    Beta distributions; where both are given each batch draws one of them. `smoothing` is the label weight that goes
    to all classes evenly.
    """

    crop: tuple[float, float] | None = None
    flip: float = 0.0
    flip_vertical: float = 0.0
    rotate: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    operations: int = 0
    magnitude: int = 9
    erase: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            **dict.fromkeys(("flip", "flip_vertical", "erase", "shift"), (0, 1)),
            **dict.fromkeys(("scale", "smoothing"), (0, 0.99)),
            **dict.fromkeys(("mixup", "cutmix"), (0, 100)),
            "rotate": (0, 180),
            "operations": (0, 15),
            "magnitude": (1, MAX_MAGNITUDE),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be from {low} to {high}, got {getattr(self, name)}")
        if self.crop is not None and not 0 < self.crop[0] <= self.crop[1] <= 1:
            raise ValueError(f"crop must be a range within (0, 1], got {self.crop}")


NOTHING = Augmentation()
# Digits are other digits when mirrored; fractals of a class are drawn mirrored already.
DIGITS = Augmentation(rotate=10, shift=0.08, scale=0.1, smoothing=0.1)
FRACTALS = Augmentation(flip=0.5, flip_vertical=0.5, shift=0.08, scale=0.1, erase=0.1, smoothing=0.1)
# The recipe of MIT's B1 and B2; their magnitude 3 is of 10.
PHOTOGRAPHS = Augmentation(operations=1, magnitude=9, mixup=0.1, cutmix=0.1, smoothing=0.1)
