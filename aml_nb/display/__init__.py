"""What verbs return: one object with text for terminals, HTML for notebooks and data for JSON."""
