"""Sign-up, verification, log-in, passwords."""
