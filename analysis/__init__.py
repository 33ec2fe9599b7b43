"""What can be said about a run or a policy without running it."""
