"""What both tiers use."""

VERSION = "0.1.0"
