"""CMS's published tables: reading the files, keeping their editions in a store, judging claims by them."""
