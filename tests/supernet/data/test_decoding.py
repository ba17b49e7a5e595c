"""One image file as pixels: any mode and orientation, crops that follow their generator."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from supernet.data.decoding import read_centre, read_random_crop
from supernet.data.skipped import UnreadableImageError


def noise(seed: int, height: int = 40, width: int = 56) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(256, size=(height, width, 3), dtype=np.uint8))


def test_the_centre_of_an_image_is_cut_out_exactly(tmp_path: Path) -> None:
    whole, path = noise(0, 40, 56), tmp_path / "image.png"
    whole.save(path)
    assert np.array_equal(read_centre(path, "", 40, share=1.0), np.asarray(whole)[:, 8:48])
    assert np.array_equal(read_centre(path, "", 30, share=0.75), np.asarray(whole)[5:35, 13:43])


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "1", "LA", "RGBA", "I;16"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    grey = 255 if mode == "1" else 204  # which need no dithering
    image = Image.new("RGB", (8, 8), (grey, grey, grey)).convert(mode if mode != "I;16" else "L")
    if mode == "I;16":
        image = Image.fromarray(np.full((8, 8), grey * 256 + 7, np.uint16))
    path = tmp_path / ("image.tif" if mode in ("CMYK", "I;16") else "image.png")
    image.save(path)
    with Image.open(path) as stored:
        assert stored.mode == mode
    pixels = read_centre(path, "image", 8)
    assert (pixels.shape, pixels.dtype) == ((8, 8, 3), np.uint8)
    assert np.abs(pixels.astype(int) - grey).max() <= 1


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_centre(tmp_path / "clear.png", "", 8).min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_turned_back(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    image, exif = noise(0, 32, 32), Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "turned.png", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(tmp_path / "turned.png"))
    assert np.array_equal(read_centre(tmp_path / "turned.png", "", 32, share=1.0), np.asarray(upright))


def test_random_crops_follow_their_generator(tmp_path: Path) -> None:
    noise(1, 300, 400).save(tmp_path / "large.jpg", quality=95)

    def crop(seed: int, flip: float = 0.0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return read_random_crop(tmp_path / "large.jpg", "", 32, rng, area=(0.1, 1.0), flip=flip)

    assert np.array_equal(crop(0), crop(0))
    assert not np.array_equal(crop(0), crop(1))
    assert np.array_equal(crop(0, flip=1.0), crop(0)[:, ::-1])


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match=r"a/b.png: FileNotFoundError"):
        read_centre(tmp_path / "gone.png", "a/b.png", 8)
