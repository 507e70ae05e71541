"""Records of the intelligence app."""

from intelligence.models.analysis import Analysis, AnalysisStep
from intelligence.models.daily import CallSums, DailyMark
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
    "CallSums",
    "DailyMark",
    "ErasureReceipt",
    "EvalResult",
    "EvalRun",
    "LegalHold",
    "Redaction",
    "RetentionMark",
    "RetentionPolicy",
    "Scenario",
]
