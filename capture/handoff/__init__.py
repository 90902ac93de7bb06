"""Giving the lead to sales: MQLs and the feed."""
