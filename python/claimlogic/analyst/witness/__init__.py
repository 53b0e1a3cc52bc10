"""The smallest claim on which two versions of the rules differ, searched for among all claims up to a bound."""
