"""What programs of sales read: the feed of MQLs and its description."""
