import pytest

from agents.studio.merging import Merge, merge, same


@pytest.mark.parametrize(
    ("typed", "drawn", "stored", "expected"),
    [
        ("a", "a", "a", Merge({}, (), ())),
        ("b", "a", "a", Merge({"x": "b"}, (), ())),
        ("a", "a", "c", Merge({}, (), ("x",))),
        ("b", "a", "c", Merge({}, ("x",), ())),
        ("c", "a", "c", Merge({"x": "c"}, (), ())),  # both typed the same
    ],
    ids=["untouched", "mine", "theirs", "both", "both alike"],
)
def test_merge_knows_who_changed_what(typed, drawn, stored, expected):
    assert merge({"x": typed}, {"x": drawn}, {"x": stored}) == expected


def test_merge_without_a_base_compares_with_the_draft():
    assert merge({"x": "b"}, {}, {"x": "a"}) == Merge({"x": "b"}, (), ())


def test_values_that_look_alike_are_the_same():
    assert same(" one\r\ntwo", "one\ntwo")
    assert same(None, "")
    assert same([{"a": None}], [{"a": ""}])
    assert not same("one", "two")
