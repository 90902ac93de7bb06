"""Who answered: leads, submissions, consents, quarantine."""
