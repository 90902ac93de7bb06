"""Webhooks: the feed told to other systems as it happens, by the Standard Webhooks specification."""
