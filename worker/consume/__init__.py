"""Celery on SQS, so that a worker goes on consuming: knows a queue and a task by name, and nothing of what is done.

`settings` makes the Celery application; `transport` polls through `receive`, which sets limits, and reads messages with
`envelope`; `last_poll` ends the polling.
"""
