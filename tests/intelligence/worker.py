"""A worker that may be killed: plans a call's steps and does them, ``offset`` s from
now, so that a dead one's lease need not be waited for."""

import sys
from datetime import timedelta
from uuid import UUID

import django

django.setup()

from common import clock
from intelligence import pipeline

call_id, offset = UUID(sys.argv[1]), timedelta(seconds=int(sys.argv[2]))
pipeline.begin(call_id, now=clock.now() + offset)
while pipeline.advance(call_id, now=clock.now() + offset):
    pass
