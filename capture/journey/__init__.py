"""The story: every write begins here, in a function that reads like a sentence."""
