"""Networks as torch modules, and the supernet that holds all members of a space in one set of weights."""

from supernet.blocks import build_operator
from supernet.folding import fold_batch_norms
from supernet.network import Network, build
from supernet.supernet import Supernet

__all__ = ["Network", "Supernet", "build", "build_operator", "fold_batch_norms"]
