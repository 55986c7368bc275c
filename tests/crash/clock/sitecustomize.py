"""Loaded by an interpreter whose PYTHONPATH has this folder: its clock is CLOCK_AHEAD_SECONDS ahead."""

import os
import time

import time_machine

if ahead := float(os.environ.get("CLOCK_AHEAD_SECONDS", "0")):
    time_machine.travel(time.time() + ahead, tick=True).start()
