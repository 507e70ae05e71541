"""Studio pages of the telephony app."""
