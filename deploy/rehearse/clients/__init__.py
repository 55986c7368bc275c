"""Who comes to the portal while it is rehearsed."""
