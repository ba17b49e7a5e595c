"""What is said of a device."""

import pytest

from nas.devices import devices


@pytest.mark.parametrize("name", devices())
def test_a_device_has_a_description_of_one_line(name: str) -> None:
    assert 0 < len(devices()[name].description) <= 80
