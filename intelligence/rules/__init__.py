"""What can be worked out of a call without any language model. Pure, English words.

Nothing here pretends to understand: each result says that rules made it.
"""
