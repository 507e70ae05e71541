"""AssemblyAI's recogniser (Universal Streaming)."""
