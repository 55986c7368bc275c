"""What every room needs of HTTP: requests, sessions, answers. Knows no room."""
