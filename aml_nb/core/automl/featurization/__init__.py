"""From the columns of a table to the numbers that estimators learn from, and what was done to each column."""
