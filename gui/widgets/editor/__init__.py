"""The sequence editor's widgets: cards, text with chips, problems, preview. They show state and emit wishes."""
