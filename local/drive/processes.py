"""Processes and ports of this machine, as somebody sees them who only has a process id."""

import os
import random
import socket
from collections.abc import Iterable
from contextlib import suppress

import psutil

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago; below the range from which the kernel takes outgoing ones."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(12_000, 19_999)  # noqa: S311 - a port is no secret
        with socket.socket() as probe:
            if port not in found and probe.connect_ex((LOOPBACK, port)) != 0:
                found.append(port)
    return found


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes, and those of their children that have ended, have worked."""
    spent = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            spent += sum(psutil.Process(pid).cpu_times()[:4])
    return spent


def children(pid: int) -> list[int]:
    """Direct children of a process."""
    return [child.pid for child in psutil.Process(pid).children()]


def forks(pid: int) -> list[int]:
    """Those of its living children that it has forked, and that run no program of their own."""
    parent, found = psutil.Process(pid), []
    for child in parent.children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if child.cmdline() == parent.cmdline():
                found.append(child.pid)
    return found


def descendants(pid: int) -> set[int]:
    """A process and all that descend from it."""
    return {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}


def mentioning(mark: str) -> set[int]:
    """Processes whose command line or environment holds this text, the asking one left out."""
    found = set()
    for process in psutil.process_iter(["cmdline", "environ"], ad_value=None):
        words = [*(process.info["cmdline"] or []), *(process.info["environ"] or {}).values()]
        if process.pid != os.getpid() and any(mark in word for word in words):
            found.add(process.pid)
    return found


def memory_mb(pids: Iterable[int]) -> float:
    """Proportional memory of these processes in MB (2^20 bytes): shared pages count once over all."""
    total = 0
    for pid in pids:
        try:
            total += psutil.Process(pid).memory_full_info().pss
        except psutil.NoSuchProcess:
            continue  # a process that has ended holds none
    return total / 2**20


def listening(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Address and port of everything on which these processes listen for TCP."""
    found = set()
    for pid in pids:
        try:
            connections = psutil.Process(pid).net_connections("tcp")
        except psutil.NoSuchProcess:
            continue  # it ended meanwhile, and listens no more
        found |= {(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}
    return found
