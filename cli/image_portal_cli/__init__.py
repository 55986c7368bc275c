"""Uploads folders of images to an Image Portal, each image once."""
