"""What a claim is, and the readers that bring one in from YAML, JSON or X12."""
