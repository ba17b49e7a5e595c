"""Hardware-aware neural architecture search over both EfficientViT families: devices, measuring, search, export."""
