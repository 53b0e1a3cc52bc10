"""The layouts in which CMS's tables come, one module a table. Each tells its own files from their content."""
