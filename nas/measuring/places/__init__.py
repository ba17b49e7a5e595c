"""Places where a plan is measured: name -> class. A new one is a file beside these and an entry here."""

from nas.measuring.places.bundle import Carried
from nas.measuring.places.here import Here
from nas.measuring.places.on_ray import OnRay
from nas.measuring.places.place import Job, Outcome, Place
from nas.measuring.places.ssh import OverSsh

PLACES: dict[str, type[Place]] = {"here": Here, "bundle": Carried, "ssh": OverSsh, "ray": OnRay}

__all__ = ["PLACES", "Job", "Outcome", "Place"]
