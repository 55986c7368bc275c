"""How sizes read."""


def filesize(size_bytes: int) -> str:
    """4400000 → «4.2 MB» (binary units, as the limits are)."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    whole = unit == "bytes" or size >= 100 or size.is_integer()
    return f"{size:.0f} {unit}" if whole else f"{size:.1f} {unit}"
