import shutil

import pytest

from agents import catalogue
from agents.catalogue import loading


def test_there_are_enough_languages_and_providers():
    book = catalogue.load()

    assert len(book.languages) >= 150
    assert len([p for p in book.providers.values() if p.fields]) >= 27


def test_a_broken_row_is_named_by_file_and_line(tmp_path, monkeypatch):
    data = shutil.copytree(loading.DATA, tmp_path / "data")
    lines = (data / "providers.csv").read_text().splitlines()
    lines[3] = "," + lines[3].split(",", 1)[1]
    (data / "providers.csv").write_text("\n".join(lines))
    monkeypatch.setattr(loading, "DATA", data)

    with pytest.raises(loading.Broken, match=r"^providers\.csv:4: "):
        loading.load.__wrapped__()
