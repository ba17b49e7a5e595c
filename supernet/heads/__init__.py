"""Heads as torch modules: name -> what builds it; settings and costs are in `search_space.heads`."""

from typing import Any, Protocol

from torch import nn

from search_space import OperatorSpec
from supernet.heads.mit import MitClassifier
from supernet.heads.norm_linear import NormLinearClassifier
from supernet.heads.seg import Segmenter


class MakeHead(Protocol):
    """Builds the module of one type of head, as the class of the module does."""

    def __call__(self, config: Any, op: OperatorSpec, /) -> nn.Module:
        """Called with the maps of `op.inputs`, in that order."""
        ...


HEADS: dict[str, MakeHead] = {
    "mit": MitClassifier,
    "norm_linear": NormLinearClassifier,
    "seg": Segmenter,
}
