"""Records of the intelligence app."""

from intelligence.models.analysis import Analysis, AnalysisStep
from intelligence.models.evals import EvalResult, EvalRun, Scenario
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
    "EvalResult",
    "EvalRun",
    "LegalHold",
    "Redaction",
    "RetentionMark",
    "RetentionPolicy",
    "Scenario",
]
