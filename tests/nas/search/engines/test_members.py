"""Who takes part in a search, as long as its process lives."""

from pathlib import Path

from nas.search.engines.members import clear_dead, lives, member


def test_members_are_there_as_long_as_they_say(tmp_path: Path) -> None:
    with member(tmp_path) as name:
        assert lives(tmp_path, name)
        assert lives(tmp_path, f"{name}/ray")
        clear_dead(tmp_path)
        assert lives(tmp_path, name)
    assert not lives(tmp_path, name)
    assert not lives(tmp_path, "")
    dead = tmp_path / ".workers" / "host-1-abcd.lock"
    dead.touch()
    clear_dead(tmp_path)
    assert not dead.exists()
