"""What keeps Celery on SQS from losing, doubling or stopping: each remedy is taken out, and its test fails."""
