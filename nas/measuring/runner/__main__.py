"""Runs the bundle that this file lies in, packed or unpacked: `python3 my-board.zip --help`."""

import sys
from pathlib import Path

from nas.measuring.runner.cli import main

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
