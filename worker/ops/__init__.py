"""Operators' commands for a terminal of a worker instance."""
