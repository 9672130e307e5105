"""Steps that run on services of Azure, or in R: they import, and say what does the same here."""
