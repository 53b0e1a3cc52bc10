"""The published facts of a knowledge base as tables of a database, with numbers in the place of texts."""
