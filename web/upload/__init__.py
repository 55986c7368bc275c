"""From a form's bytes to an accepted upload, and where it is now."""
