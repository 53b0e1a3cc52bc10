"""Why an answer holds: proofs built from what the solver found, and a checker that does without it."""
