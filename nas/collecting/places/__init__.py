"""Places where a plan is measured: name -> class. A new one is a file beside these and an entry here."""

from nas.collecting.places.bundle import Carried
from nas.collecting.places.here import Here
from nas.collecting.places.on_ray import OnRay
from nas.collecting.places.place import Job, Outcome, Place
from nas.collecting.places.ssh import OverSsh

PLACES: dict[str, type[Place]] = {"here": Here, "bundle": Carried, "ssh": OverSsh, "ray": OnRay}

__all__ = ["PLACES", "Job", "Outcome", "Place"]
