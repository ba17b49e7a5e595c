"""Files and folders: one way to write, read and lock them."""
