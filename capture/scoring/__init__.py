"""What that is worth: fit and engagement rules, the ledger, explanations."""
