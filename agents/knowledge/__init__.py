"""What an agent looks up: sources in, pieces out, found by meaning and by word.

``sources`` adds and removes, ``ingestion`` reads in a worker, ``search`` finds.
"""
