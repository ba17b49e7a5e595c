"""Every place conforms."""

import inspect

import pytest

from nas.collecting.places import PLACES, Place
from nas.devices import Device
from nas.errors import UserError

MAKES = pytest.mark.parametrize("name", PLACES)


@MAKES
def test_a_place_is_what_its_protocol_says(name: str) -> None:
    place = PLACES[name]
    assert place.name == name
    assert len((place.__doc__ or "").split()) >= 2
    for method in ("check", "measure"):
        assert inspect.signature(getattr(place, method)) == inspect.signature(getattr(Place, method))


@MAKES
def test_a_place_refuses_a_device_that_it_cannot_measure(name: str) -> None:
    """Whatever it is made of: neither this machine nor a bundle has this runtime."""
    place = PLACES[name].__new__(PLACES[name])
    with pytest.raises(UserError, match="phone"):
        place.check(Device(name="phone", runtime="tflite"))
