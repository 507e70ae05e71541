"""What the runs of this process have shown, in words."""

FIGURES: list[str] = []
