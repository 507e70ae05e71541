"""Exotel: AgentStream behind a flow of its App Bazaar."""
