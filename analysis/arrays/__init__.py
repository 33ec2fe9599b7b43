"""The rules read on arrays: many positions at once, by the same rows that route a run."""
