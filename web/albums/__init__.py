"""Albums: an owner's images in an order of their choice."""
