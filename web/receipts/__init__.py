"""Downloads, and signed receipts for them and for uploads."""
