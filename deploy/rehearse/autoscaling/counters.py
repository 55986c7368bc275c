"""Bytes that an instance has received: from its own network card, or from the balancer where it has none."""

from pathlib import Path

from deploy.rehearse.stage.balancer import Admin

CARD = "eth0"


def received_by_card(pid: int) -> int:
    """The counter of `eth0` in the namespace of a machine's process 1: headers included, as NetworkIn counts."""
    return parse(Path(f"/proc/{pid}/net/dev").read_text())


def parse(table: str) -> int:
    """Received bytes of `eth0` in the kernel's table; 0 before the card is there."""
    for line in table.splitlines():
        name, colon, counters = line.strip().partition(":")
        if colon and name == CARD:
            return int(counters.split()[0])
    return 0


def received_by_balancer(admin: Admin, name: str) -> int:
    """What HAProxy has passed on to an instance: for instances that share one loopback interface."""
    return int(admin.row(name)["bin"] or 0)
