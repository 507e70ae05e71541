"""A LiveKit server of the operator's: its API, its tokens, and the wire to its rooms."""
