"""One image file as pixels: any mode and orientation that Pillow knows, cropped and resized in one go."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from supernet.data.skipped import UnreadableImageError

Box = tuple[float, float, float, float]
"""Left, upper, right, lower as shares of width and height."""

ORIENTATION = 0x0112  # EXIF
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_random_crop(
    path: Path,
    name: str,
    resolution: int,
    rng: np.random.Generator,
    *,
    area: tuple[float, float],
    flip: float,
) -> npt.NDArray[np.uint8]:
    """A random part (resolution, resolution, 3) of an image, mirrored with probability `flip`.

    Its share of the image is uniform within `area`, its aspect ratio log-uniform from 3/4 to 4/3 (Inception crops,
    arXiv 1409.4842, section 6); a part that does not fit is shrunk until it does.

    Raises:
        UnreadableImageError: the file cannot be decoded.
    """
    share, ratio = rng.uniform(*area), math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
    left, upper, mirrored = *rng.random(2), rng.random() < flip

    def choose(width: int, height: int) -> Box:
        wide = math.sqrt(share * ratio * height / width)
        high = math.sqrt(share / ratio * width / height)
        shrink = max(wide, high, 1.0)
        wide, high = wide / shrink, high / shrink
        x, y = left * (1 - wide), upper * (1 - high)
        return x, y, x + wide, y + high

    pixels = _read(path, name, resolution, choose)
    return np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels


def read_centre(path: Path, name: str, resolution: int, *, share: float = 0.875) -> npt.NDArray[np.uint8]:
    """The central square (resolution, resolution, 3) of an image, `share` of its shorter side.

    Raises:
        UnreadableImageError: the file cannot be decoded.
    """

    def choose(width: int, height: int) -> Box:
        side = share * min(width, height)
        x, y = (1 - side / width) / 2, (1 - side / height) / 2
        return x, y, 1 - x, 1 - y

    return _read(path, name, resolution, choose)


def _read(path: Path, name: str, resolution: int, choose: Callable[[int, int], Box]) -> npt.NDArray[np.uint8]:
    try:
        # Pillow warns of damaged metadata and of large images; neither keeps an image from being used.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                turn = _TURNS.get(image.getexif().get(ORIENTATION, 1))
                part = _resized(image, resolution, choose(*image.size))
        return np.asarray(part.transpose(turn) if turn is not None else part)
    # Pillow's decoders raise many kinds of exceptions on damaged files; one of them must not end a run of days.
    except Exception as error:
        raise UnreadableImageError(name, f"{type(error).__name__}: {error}") from None


def _resized(image: Image.Image, resolution: int, box: Box) -> Image.Image:
    """The part `box` of the stored image, before it is turned, as RGB."""
    # A JPEG decodes at a half, a quarter or an eighth of its size in a fraction of the time.
    image.draft(None, (math.ceil(resolution / (box[2] - box[0])), math.ceil(resolution / (box[3] - box[1]))))
    width, height = image.size
    in_pixels = (box[0] * width, box[1] * height, min(box[2], 1) * width, min(box[3], 1) * height)
    return _rgb(image).resize((resolution, resolution), Image.Resampling.BILINEAR, box=in_pixels)


def _rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB; what is transparent becomes white, as on a page."""
    if image.mode.startswith("I;16"):  # Pillow would cut 16-bit values off at 255
        image = Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(page, image).convert("RGB")
    return image.convert("RGB")
