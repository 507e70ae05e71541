"""Models that hear and speak, of both kinds: one that is led, one that takes turns."""

from functools import partial

import pytest

from tests.voice.vendors import HeadDouble


def head(*replies, **options):
    return partial(HeadDouble, replies=list(replies), **options)


def by_itself(*replies, **options):
    return head(*replies, led=False, **options)


KINDS = pytest.mark.parametrize("kind", [head, by_itself])
