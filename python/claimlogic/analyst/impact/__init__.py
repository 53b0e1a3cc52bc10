"""What an edit of the rules does to claims: the difference of two versions in text and in answers."""
