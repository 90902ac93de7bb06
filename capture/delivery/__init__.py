"""Giving the magnet: grants, signed links, downloads."""
