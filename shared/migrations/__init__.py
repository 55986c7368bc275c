"""The schema's history. `python -m shared.migrations` brings DATABASE_URL to the newest version."""
