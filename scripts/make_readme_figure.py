"""Run the README's first search and keep its front as the README's picture and table in `results/`.

    python scripts/make_readme_figure.py

Takes 15 to 40 seconds and needs no device: latencies are calibrated on published figures, accuracies are a prior. The
picture carries the digest of the table that it was drawn with; `tests/test_readme_figure.py` checks both.
"""

import hashlib
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "results" / "front-jetson-agx-orin-10ms.csv"
PICTURE = ROOT / "results" / "figures" / "front-jetson-agx-orin-10ms.png"
DIGEST = "Source-Digest"  # PNG text: SHA-256 of the table


def readme_command() -> str:
    """The first command that the README shows: `nas search ...`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^ {4}(nas search .*)$", text, flags=re.MULTILINE)
    if found is None:
        raise SystemExit("README.md shows no nas search")
    return found[1].partition("#")[0].strip()


def run_readme_command(folder: Path) -> None:
    """Make the README's search, with its options and no others, in a folder."""
    options = shlex.split(readme_command())[1:]
    subprocess.run([sys.executable, "-m", "nas.cli", *options, "--out", str(folder)], check=True, cwd=ROOT)


def stamped(picture: Path, table: Path, out: Path) -> None:
    """Copy a picture with the digest of its table, pixels as they are."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text(DIGEST, digest(table))
    with Image.open(picture) as image:
        image.save(out, pnginfo=texts, dpi=image.info.get("dpi"), optimize=True)


def digest(table: Path) -> str:
    """SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(table.read_bytes()).hexdigest()


def main() -> None:
    """Search in a temporary folder and keep two files of it."""
    with tempfile.TemporaryDirectory() as folder:
        run_readme_command(Path(folder))
        TABLE.write_bytes((Path(folder) / "front.csv").read_bytes())
        stamped(Path(folder) / "front.png", TABLE, PICTURE)


if __name__ == "__main__":
    main()
