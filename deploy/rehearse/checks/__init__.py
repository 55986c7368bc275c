"""What has to hold, as lines of the report."""
