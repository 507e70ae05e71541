from hypothesis import given
from hypothesis import strategies as st

from agents.knowledge import chunking
from agents.knowledge.chunking import LONG


def cut(text):
    return list(chunking.cut(text))


def test_a_piece_knows_the_headings_it_stands_under():
    pieces = cut(
        "# Prices\n\n## Hygiene\n\n£62\n\n## Crowns\n\n£540\n\n# Hours\n\n9 to 5"
    )

    assert [(piece.heading, piece.text) for piece in pieces] == [
        ("Prices › Hygiene", "£62"),
        ("Prices › Crowns", "£540"),
        ("Hours", "9 to 5"),
    ]
    assert pieces[0].meaning == "Prices › Hygiene\n£62"


def test_short_paragraphs_are_joined_and_long_ones_cut_at_sentences():
    sentence = "A sentence of about forty signs is here. "
    pieces = cut("One.\n\nTwo.\n\n" + sentence * 60)

    assert pieces[0].text.startswith("One.\n\nTwo.")
    assert all(len(piece.text) <= LONG for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)


@given(st.text(max_size=5_000))
def test_no_word_is_lost(text):
    pieces = cut(text.replace("#", ""))

    cuts = "".join("".join(piece.text.split()) for piece in pieces)
    assert cuts == "".join(text.replace("#", "").split())
