"""Small spaces around a part, and parts of one's own by the module that names them."""

from pathlib import Path

import pytest

from search_space import ATTENTION, BLOCKS, DOWNSAMPLES, HEADS
from supernet.doctor import find_space, space_around
from supernet.doctor.around import SIDE


def test_unknown_parts_say_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown part 'lstm'; known: cascaded_group, conv"):
        find_space("lstm")
    (tmp_path / "mine.py").write_text("X = 3\n")
    with pytest.raises(ValueError, match="neither a SearchSpace nor the choices of a registered attention type: 3"):
        find_space(f"{tmp_path / 'mine.py'}:X")
    with pytest.raises(ValueError, match="cannot import no_such_module"):
        find_space("no_such_module:X")


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_alternates_with_nothing_else(kind: str) -> None:
    level = space_around(kind).levels[1]
    if kind not in ATTENTION:
        assert level.choices["block"] == (kind,)


@pytest.mark.parametrize("kind", ATTENTION)
def test_attention_is_in_every_block_with_room_or_left_out(kind: str) -> None:
    level = space_around(kind).levels[1]
    assert level.choices["attention"] == ("none", kind)
    assert {"evit", "sandwich"} <= set(level.choices["block"])


@pytest.mark.parametrize("kind", DOWNSAMPLES)
def test_a_downsample_leads_to_the_second_level(kind: str) -> None:
    space = space_around(kind)
    found = space.levels[1].downsamples
    assert kind in [each.type for each in found]
    assert space.levels[1].stride == 2 * found[0].stride


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_has_the_levels_that_it_reads(kind: str) -> None:
    space = space_around(kind)
    assert [head.type for head in space.heads] == [kind]
    assert set(space.heads[0].strides) <= {level.stride for level in space.levels}
    assert space.resolutions == ((64,) if space.heads[0].strides else (SIDE,))


def test_a_space_in_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "spaces_of_mine.py"
    path.write_text("from search_space import named_space\nMINE = named_space('digits')\n")
    assert find_space(f"{path}:MINE").name == "digits"
    with pytest.raises(ValueError, match=r"no module at .*absent.py"):
        find_space(f"{tmp_path / 'absent.py'}:MINE")
