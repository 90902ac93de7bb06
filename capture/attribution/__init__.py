"""Where a visitor came from: touches, sources, channels, click ids."""
