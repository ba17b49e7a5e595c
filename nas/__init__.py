"""Hardware-aware neural architecture search over both EfficientViT families: devices, measuring, search, export."""

DISTRIBUTION = "efficientvit-nas"


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(DISTRIBUTION)
        except PackageNotFoundError:
            return "0+unknown"
    raise AttributeError(f"module 'nas' has no attribute {name!r}")
