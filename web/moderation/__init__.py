"""What people report, what moderators do about it, and what its owner reads and answers."""
