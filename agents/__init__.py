"""Who does the work: simulated, scripted, function and human agents, and the team."""
