"""Asking an owner for more than an image's licence grants. Addresses stay hidden: all of it goes through the portal."""
