"""How work moves: rules, position, advance, the fold, LangGraph wiring and the plain loop."""
