"""Plumbing that every API resource shares: errors, pages, idempotency."""
