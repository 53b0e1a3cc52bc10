"""Rules as relational plans, the same plans with less work, and their SQL."""
