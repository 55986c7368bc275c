"""What operators and their tools ask: is it well, what waits, who works."""
