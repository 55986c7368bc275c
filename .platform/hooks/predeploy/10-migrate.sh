#!/bin/bash
# Brings the database to this version's schema before this version runs, on every instance of both tiers: whichever
# comes first does the work, under a lock, and the others find nothing to do. So no order of deploying the two
# environments is wrong, an instance that auto scaling starts later is safe too, and no leader has to be chosen.
# A failure aborts the deployment on this instance while the old version still runs.
#
# Beanstalk runs this as root in the staging folder, after the packages are installed. Migrations only add
# (old code must work on the new schema), since old instances go on for minutes.
set -euo pipefail

if [ -z "${DATABASE_URL:-}" ]; then
    # Older platform versions don't hand environment properties to hooks.
    for name in DATABASE_URL DATABASE_SECRET_ARN MIGRATIONS_DATABASE_SECRET_ARN AWS_REGION; do
        value="$(/opt/elasticbeanstalk/bin/get-config environment -k "$name" || true)"
        [ -z "$value" ] || export "$name=$value"
    done
fi

for python in "${VENVS:-/var/app/venv}"/*/bin/python; do
    exec "$python" -B -m shared.migrations # -B: root leaves no files of its own in the application's folder
done
