"""`python -m nas.cli`: the command line where `nas` is not installed."""

from nas.cli import main

if __name__ == "__main__":
    main()
