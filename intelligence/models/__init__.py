"""Records of the intelligence app."""

from intelligence.models.analysis import Analysis, AnalysisStep
from intelligence.models.retention import (
    ErasureReceipt,
    LegalHold,
    Redaction,
    RetentionMark,
    RetentionPolicy,
)

__all__ = [
    "Analysis",
    "AnalysisStep",
    "ErasureReceipt",
    "LegalHold",
    "Redaction",
    "RetentionMark",
    "RetentionPolicy",
]
