"""Named questions about codes, answered by Datalog over the tables."""
