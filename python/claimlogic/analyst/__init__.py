"""For those who edit the rules: what a rule test says, and whether the rules agree."""
