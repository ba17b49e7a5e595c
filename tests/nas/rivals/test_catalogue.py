"""The shipped figures of timm."""

from nas.rivals.catalogue import catalogue, key_of, parse_key


def test_published_figures_are_those_of_timm() -> None:
    """Rows of results-imagenet.csv at aa4b585."""
    found = catalogue()["mobilenetv4_conv_small.e2400_r224_in1k", 224]
    assert (found.top1, found.parameters_m, found.epochs, found.family) == (73.756, 3.77, 2400, "mobilenetv4")
    assert (found.pretraining, found.distilled) == ("in1k", False)
    levit = catalogue()["levit_192.fb_dist_in1k", 224]
    assert (levit.top1, levit.distilled, levit.family) == (79.858, True, "levit")
    assert all(0 < found.top1 < 100 and found.gmacs > 0 for found in catalogue().values())


def test_our_own_families_are_not_in_the_zoo() -> None:
    assert not [tag for tag, _ in catalogue() if tag.startswith("efficientvit_")]


def test_keys_there_and_back() -> None:
    assert parse_key(key_of("lcnet_050.ra2_in1k", 224)) == ("lcnet_050.ra2_in1k", 224)
    assert parse_key('{"timm":"x","width":1,"height":1}') is None
    assert parse_key("{}") is None
    assert parse_key("no json") is None
