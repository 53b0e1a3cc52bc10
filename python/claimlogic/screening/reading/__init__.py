"""Files of claims as the relations of a part: one row, one form, and nothing lost."""
