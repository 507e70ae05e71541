import rymi_site  # noqa: F401  # first: it tells numpy how many threads to use
