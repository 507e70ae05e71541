"""After the talk: analyses, evals, insights."""
