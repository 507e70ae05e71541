"""Azure Speech, over its plain HTTP: one request a segment, one a sentence."""
