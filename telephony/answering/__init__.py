"""Who or what picked up a call that we placed: heard in its first seconds. Pure."""
