"""How a role card is read, and the seven that come with Remit; `remit.agents.card` is the door."""
