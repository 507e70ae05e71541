"""OpenAI, and the many who speak its protocol."""
