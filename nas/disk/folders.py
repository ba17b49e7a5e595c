"""Where the toolkit keeps what belongs to the user: all of it in $NAS_HOME, or in the platform's folders."""

import os
from pathlib import Path


def data_folder() -> Path:
    """Where fitted predictors, rivals and caches are kept: $NAS_HOME, or the platform's folder for user data."""
    from platformdirs import user_data_path

    return Path(os.environ["NAS_HOME"]) if os.environ.get("NAS_HOME") else user_data_path("efficientvit-nas")


def devices_folder() -> Path:
    """Where users keep TOML files of their own devices: in $NAS_HOME, or the platform's folder for settings."""
    from platformdirs import user_config_path

    home = os.environ.get("NAS_HOME")
    return (Path(home) if home else user_config_path("efficientvit-nas")) / "devices"
