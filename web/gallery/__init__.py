"""Published images: feed, search, profiles, one image."""
