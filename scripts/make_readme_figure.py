"""Search for the Jetson AGX Orin at 10 ms and copy the picture and table of the front to `results/`.

    python scripts/make_readme_figure.py

Takes about 15 seconds and needs no device: latencies are calibrated on published figures, accuracies are a prior.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"


def main() -> None:
    """Run the search in a temporary folder and keep two files of it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "nas.cli",
            "search",
            "--device",
            "jetson",
            "--budget",
            "10ms",
            "--out",
            folder,
        ]
        subprocess.run(command, check=True)
        shutil.copy(Path(folder) / "front.png", RESULTS / "figures" / "front-jetson-agx-orin-10ms.png")
        shutil.copy(Path(folder) / "front.csv", RESULTS / "front-jetson-agx-orin-10ms.csv")


if __name__ == "__main__":
    main()
