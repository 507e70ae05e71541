"""The talk: numbers, calls, carriers, live media."""
