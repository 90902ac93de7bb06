"""What prospects see: landing pages, thanks, downloads, webinars, privacy."""
