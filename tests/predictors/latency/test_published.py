"""Published networks that can be downloaded: their scores, and rows that are refused."""

import re
from dataclasses import replace

import pytest

from predictors import PublishedNetwork, published_network, published_networks
from predictors.latency.calibrated import read_data
from predictors.latency.published import TIMM_SOURCE, read_networks
from search_space import published

ROW = {"model": "mit-l2", "height": "320", "width": "320", "timm": "", "timm_top1": "", "authors": "https://a/b.pt"}
SCORE = {"model": "mit-l2", "height": "320", "width": "320", "top1": "85.734", "source": "its README"}


def found(model: str, side: int) -> PublishedNetwork:
    network = published_network(replace(published(model), resolution=(side, side)))
    assert network is not None
    return network


def test_every_published_accuracy_has_weights_and_the_architecture_of_its_model() -> None:
    networks = published_networks()
    keys = {(network.model, *network.arch.resolution) for network in networks}
    scores = {(row["model"], int(row["height"]), int(row["width"])) for row in read_data("published_accuracy.csv")}
    assert keys == scores
    assert len({network.arch.arch_id for network in networks}) == len(networks) == 27
    assert {network.model for network in networks} == {
        *(f"mit-b{size}" for size in range(4)),
        *(f"mit-l{size}" for size in range(1, 4)),
        *(f"msra-m{size}" for size in range(6)),
    }


def test_the_authors_score_is_preferred_and_timms_recorded() -> None:
    l2, b0, only_authors = found("mit-l2", 384), found("mit-b0", 224), found("mit-l2", 320)
    assert (l2.top1, l2.timm, l2.timm_top1) == (85.978, "efficientvit_l2.r384_in1k", 85.984)
    assert l2.source.startswith("github.com/mit-han-lab/efficientvit")
    assert l2.authors == "https://huggingface.co/han-cai/efficientvit-cls/resolve/main/efficientvit_l2_r384.pt"
    assert (b0.top1, b0.source, b0.authors) == (71.408, TIMM_SOURCE, None)
    assert (only_authors.top1, only_authors.timm, only_authors.timm_top1) == (85.734, None, None)


def test_timm_and_the_authors_agree_on_every_network() -> None:
    """They evaluate the same weights with other crops: a slip in a row would stand out."""
    for network in published_networks():
        size = network.arch.resolution[0]
        short = network.model.partition("-")[2]
        if network.timm_top1 is not None:
            assert network.timm == f"efficientvit_{short}.r{size}_in1k"
            assert network.timm_top1 == pytest.approx(network.top1, abs=0.2)
        if network.authors is not None:
            assert re.search(rf"/efficientvit_{short}(_r{size}\.pt|\.pth)$", network.authors)


def test_other_sizes_are_not_published() -> None:
    assert published_network(replace(published("mit-l2"), resolution=(352, 352))) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "mit-l9"}, "unknown published model 'mit-l9'"),
        ({"authors": ""}, "neither timm nor the authors have weights"),
        ({"authors": "ftp://a/b.pt"}, "must be an https address, got 'ftp://a/b.pt'"),
        ({"timm": "efficientvit_l2"}, "come together"),
        ({"timm": "efficientvit_l2", "timm_top1": "85.7"}, "timm's tag must be MODEL.TAG"),
        ({"timm": "efficientvit_l2.r320", "timm_top1": "857"}, "between 0 and 100 percent, got 857"),
        ({"height": "256", "width": "256"}, "gives an accuracy"),
        ({"timm": "efficientvit_l2.r320", "timm_top1": "high"}, "could not convert string to float: 'high'"),
    ],
)
def test_a_wrong_row_is_named(changes: dict[str, str], message: str) -> None:
    row, score = {**ROW, **changes}, dict(SCORE)
    if "height" not in changes:
        score["model"] = row["model"]
    with pytest.raises(ValueError, match=r"published_weights\.csv, line 2 \(mit-l\d ") as caught:
        read_networks([row], [score])
    assert message in str(caught.value)


def test_a_repeated_row_is_named() -> None:
    with pytest.raises(ValueError, match=r"line 3 \(mit-l2 320x320\): it is there twice"):
        read_networks([ROW, ROW], [SCORE])


def test_an_architecture_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="is not mit-b1 at another size"):
        PublishedNetwork(model="mit-b1", arch=published("mit-b2"), top1=80, source="?", authors="https://a/b.pt")
