#!/bin/bash
# Lets the running worker finish its pictures before Beanstalk replaces its code. The same file is in hooks/ (new
# version) and in confighooks/ (changed properties).
#
# Left alone, Beanstalk's service has systemd's defaults: SIGTERM goes to every process of the group, which kills
# Celery's children in mid-task (their messages come again, with a lost attempt). And the application's folder is
# removed meanwhile, under a worker that may still import from it.
set -euo pipefail

# Stays in place: it also governs restarts and, at scale-in, the shutdown of the machine.
# KillMode=mixed: SIGTERM to Celery's main process alone, which then waits for its children.
# 90 s: above the hard time limit of a task (45 s), and what the open poll takes to end (5 s, 15 s if SQS is mute).
# After=network-online.target: at shutdown the order is reversed, so the network outlives the worker.
units="${UNITS:-/etc/systemd/system}"
mkdir -p "$units/worker.service.d"
cat > "$units/worker.service.d/10-drain.conf" <<'UNIT'
[Unit]
After=network-online.target

[Service]
KillMode=mixed
TimeoutStopSec=90
UNIT
systemctl daemon-reload

# On a new instance there is no worker yet. Otherwise this returns when the worker has stopped.
if systemctl is-active --quiet worker.service; then
    systemctl stop worker.service
fi
