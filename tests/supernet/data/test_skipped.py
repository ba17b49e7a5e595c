"""Images that could not be decoded are counted and named, the first of many."""

from supernet.data.skipped import SkippedImages, UnreadableImageError


def test_nothing_skipped_is_nothing_to_say() -> None:
    assert not SkippedImages()
    assert SkippedImages().describe() == ""


def test_the_first_by_name_are_given_with_their_reasons() -> None:
    found = SkippedImages(reasons={f"{index:02}.jpg": "cut short" for index in reversed(range(12))})
    first, *named, more = found.describe(limit=3).splitlines()
    assert (len(found), first) == (12, "12 unreadable image(s) were skipped:")
    assert named == ["  00.jpg: cut short", "  01.jpg: cut short", "  02.jpg: cut short"]
    assert more == "  and 9 more"
    assert str(UnreadableImageError("a.png", "empty")) == "a.png: empty"
