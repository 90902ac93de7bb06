"""The marketer's and the salesperson's screens."""
