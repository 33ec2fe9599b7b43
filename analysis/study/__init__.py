"""Studies: policies compared over many runs on the same luck, with the statistics to judge them."""
