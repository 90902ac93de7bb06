"""Numbers for marketing and sales."""
