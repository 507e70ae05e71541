"""Google Cloud's speech over REST, with an API key: a request a segment, one a sentence."""
