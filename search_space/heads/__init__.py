"""What sits on the pyramid: settings and cost of each head, without torch.

The torch module of each is in the `supernet.heads` file of the same name.
"""

from search_space.heads.mit import MitHead
from search_space.heads.norm_linear import NormLinearHead
from search_space.heads.protocol import HeadConfig
from search_space.heads.seg import SegHead
from search_space.parts import Features

HEADS: dict[str, type[HeadConfig]] = {"mit": MitHead, "norm_linear": NormLinearHead, "seg": SegHead}

__all__ = ["HEADS", "Features", "HeadConfig", "MitHead", "NormLinearHead", "SegHead"]
