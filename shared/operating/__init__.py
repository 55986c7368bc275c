"""What operators do, once for the page, the API and the terminal."""
