"""What went wrong, put right by its owner: rejected files are dismissed, failed ones tried once more."""
