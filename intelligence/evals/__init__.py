"""Trying an agent before it takes calls: scenarios, a stage, a scorer, runs."""
