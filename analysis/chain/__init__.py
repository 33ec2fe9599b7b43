"""The simulated team as a Markov chain: many runs at once, and all runs exactly."""
