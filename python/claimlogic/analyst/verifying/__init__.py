"""Properties of the rules, held against all claims up to a bound."""
