"""What can be wrong with rule text before any claim is judged, one module a class of check."""
