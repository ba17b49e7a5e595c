"""From architectures to the rows that a latency model is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from predictors.features.blocks import BlockLatencies
from predictors.features.costs import FEATURES, cost_matrix, features
from search_space import COST_FIELDS, ArchConfig

MACS_COLUMNS = tuple(
    index for index, name in enumerate(FEATURES) if name.endswith("gmacs") and name != "unaligned_gmacs"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Physics features, then the table's sum per kind of block where single `blocks` were measured.

    Quantities that add up over the operators of a network, `additive` (n, q), are kept apart from the rows made of
    them: a genotype gets its quantities from lookup tables.
    """

    bytes_per_element: int
    blocks: BlockLatencies | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `rows`, k of them."""
        return FEATURES if self.blocks is None else (*FEATURES, *self.blocks.names[:-1])

    @property
    def work_columns(self) -> tuple[int, ...]:
        """The columns that add up to a network's work: the table's sums or, without a table, multiply-adds."""
        return MACS_COLUMNS if self.blocks is None else tuple(range(len(FEATURES), len(self.names)))

    def additive(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Costs, then block columns, shape (n, q)."""
        costs = cost_matrix(archs)
        return costs if self.blocks is None else np.concatenate([costs, self.blocks.sums(archs)], axis=1)

    def rows(self, additive: np.ndarray) -> np.ndarray:
        """Rows of the design, shape (n, k)."""
        width = len(COST_FIELDS)
        found = features(additive[:, :width], bytes_per_element=self.bytes_per_element)
        return found if self.blocks is None else np.concatenate([found, additive[:, width:-1]], axis=1)

    def moved(self, additive: np.ndarray) -> np.ndarray | None:
        """The rows with every table sum raised by the uncertainty of its interpolation; None without a table."""
        if self.blocks is None:
            return None
        found, sums = self.rows(additive), additive[:, len(COST_FIELDS) : -1]
        total = sums.sum(axis=1)
        found[:, len(FEATURES) :] *= (1 + additive[:, -1] / np.maximum(total, 1e-12))[:, None]
        return found
