"""What networks, devices, spaces and predictions are in words and plain values."""
