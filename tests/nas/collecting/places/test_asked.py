"""Each way of asking is one place."""

from pathlib import Path

import pytest

from nas.collecting.places.asked import place_asked
from nas.collecting.places.bundle import Carried
from nas.collecting.places.here import Here
from nas.collecting.places.on_ray import OnRay
from nas.collecting.places.ssh import OverSsh
from nas.errors import UserError


def test_what_is_asked_for_is_the_place() -> None:
    carried = Path("board.zip")
    assert isinstance(place_asked(), Here)
    assert isinstance(place_asked(bundle=carried), Carried)
    assert isinstance(place_asked(host="user@board"), OverSsh)
    assert isinstance(place_asked(host="user@board", bundle=carried), OverSsh)
    assert isinstance(place_asked(ray="auto"), OnRay)


def test_a_host_and_a_cluster_exclude_each_other() -> None:
    with pytest.raises(UserError, match="two ways of measuring elsewhere"):
        place_asked(host="user@board", ray="auto")


def test_no_host_is_refused() -> None:
    with pytest.raises(UserError, match="is no host"):
        place_asked(host="")
