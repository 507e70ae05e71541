"""Records of the intelligence app."""

from intelligence.models.analysis import Analysis, AnalysisStep

__all__ = ["Analysis", "AnalysisStep"]
