"""The rules over whole tables: compiled to relational plans, written as SQL, run by a database."""
