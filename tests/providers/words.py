"""Word error rate, for recognisers and voices."""

import re

_NUMBERS = dict(zip("zero one two three four five six seven eight nine ten".split(), range(11), strict=True))  # fmt: skip


def plain(text):
    words = re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("’", "'")).split()
    return [str(_NUMBERS.get(word, word)) for word in words]


def error_rate(reference, heard):
    """Return edits per word of the reference."""
    wanted, got = plain(reference), plain(heard)
    row = list(range(len(got) + 1))
    for i, word in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))  # fmt: skip
    return row[-1] / len(wanted)
