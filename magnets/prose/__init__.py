"""From the Markdown of one chapter to safe HTML, step by step; `magnets.manuscript` calls the steps."""
