"""What it costs: rates, meter, wallet, ledger."""
