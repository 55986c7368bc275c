"""HEIF's container: boxes, the items that they describe, and the one picture that is kept of them.

Sources: ISO/IEC 14496-12 for boxes, ISO/IEC 23008-12 for items (HEIF), 23000-22 for what readers agree on (MIAF).
"""
