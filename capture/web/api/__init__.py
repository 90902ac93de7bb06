"""The sales feed for machines."""
