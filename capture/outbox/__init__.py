"""What must be said to the outside after a commit: mail, webhooks, renders."""
