"""The accuracy prior, fitted once."""

import pytest

from predictors import AccuracyPrior


@pytest.fixture(scope="session")
def prior() -> AccuracyPrior:
    """That of all published results."""
    return AccuracyPrior.fit()
