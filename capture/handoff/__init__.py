"""Giving the lead to sales: MQLs, the feed, and what sales says of them."""
