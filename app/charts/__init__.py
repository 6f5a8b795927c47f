"""One chart per file: a specification built once per theme, and a function from results to its rows."""
