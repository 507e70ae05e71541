"""Any SIP trunk, through the SIP service of a LiveKit server."""
