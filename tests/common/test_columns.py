from xml.etree import ElementTree

from common import columns


def drawn(values, titles):
    return list(ElementTree.fromstring(f"<svg>{columns.drawn(values, titles)}</svg>"))


def test_the_highest_leaves_air_and_the_last_stands_out():
    first, last = drawn([50, 100], ["a", "b"])

    assert (first.get("class"), last.get("class")) == ("base", "fill")
    assert (
        first.get("x"),
        first.get("y"),
        first.get("width"),
        first.get("height"),
    ) == (
        "0.00",
        "51.50",
        "37.50",
        "48.50",
    )
    assert (last.get("x"), last.get("y"), last.get("height")) == (
        "50.00",
        "3.00",
        "97.00",
    )


def test_what_a_column_says_is_text():
    (only,) = drawn([1], ["<b>1 & 2</b>"])

    assert only.findtext("title") == "<b>1 & 2</b>"


def test_nothing_is_drawn_of_nothing():
    assert drawn([], []) == []
    assert drawn([0], ["none"])[0].get("height") == "0.00"
