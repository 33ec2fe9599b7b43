"""What a policy will do: the end states, their price, and how far the numbers can be trusted."""
