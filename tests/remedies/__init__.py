"""What keeps uploads from being lost, doubled or left behind: each remedy is taken out, and its test fails."""
