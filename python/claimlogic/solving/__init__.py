"""Facts and rules to what follows of them: by joins, and by clingo as their yardstick; and the answer on a claim."""
