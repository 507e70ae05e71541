"""Who asks to be left alone is; who asks for a later call is not."""

import pytest

from telephony.opt_out import wants_no_calls


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please don’t call me again.", "en-US"),
        ("Stop calling me!", "en-GB"),
        ("Take me off your list.", "en-US"),
        ("Remove my number from your database, please", "en-US"),
        ("Put me on your do not call list", "en-US"),
        ("No me vuelva a llamar.", "es-ES"),
        ("Ne m'appelez plus, merci.", "fr-FR"),
        ("Rufen Sie mich bitte nicht mehr an.", "de-DE"),
        ("Não me ligue mais", "pt-BR"),
        ("Non mi chiami più", "it-IT"),
        ("Do not call me again", "hi-IN"),
    ],
)
def test_no_is_no(text, language):
    assert wants_no_calls(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "Please call me again tomorrow.",
        "Don't call me before nine o'clock.",
        "Do not call me until Monday, I am away.",
        "I don't call that good service.",
        "Can you put me on the list for Friday?",
        "",
    ],
)
def test_later_is_not_never(text):
    assert not wants_no_calls(text, "en-US")
