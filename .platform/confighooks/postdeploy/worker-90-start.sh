#!/bin/bash
# Changed properties end with a running worker: the predeploy hook stopped it, and systemd does not restart what was
# stopped on purpose. Without effect where Beanstalk has started it already.
set -euo pipefail
exec systemctl start worker.service
