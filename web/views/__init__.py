"""Records as people and programs see them: what every room shows in the same way."""
