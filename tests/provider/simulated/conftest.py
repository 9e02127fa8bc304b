"""A calm practice LinkedIn of 24 people on a Monday morning."""

import pytest

from tests.provider.simulated.practising import Practice


@pytest.fixture
def practice() -> Practice:
    return Practice()
