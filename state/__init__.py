"""What is known and kept: brief, policy, report, contract, handoff; tables, journal, store."""
