"""Models to be measured: graphs without their weights, quantised where asked."""
