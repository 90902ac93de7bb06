"""What the lead did next: events, human or machine."""
