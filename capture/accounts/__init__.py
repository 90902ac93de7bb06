"""People who log in to the studio, their roles; API tokens; the audit log."""
