"""What stands against the ways in which Celery on SQS loses, doubles or stops."""

from tests.remedies.remedy import Remedy

CELERY, TRANSPORT, RECEIVE = (
    "worker/consume/settings.py",
    "worker/consume/transport.py",
    "worker/consume/receive.py",
)
PRODUCER, PROCESSES = "shared/adapters/sqs.py", "tests/integration/processes"
SETTINGS_TEST = f"{PROCESSES}/test_celery_settings.py"
TRANSPORT_TEST = f"{PROCESSES}/test_transport.py"
SQS_TEST = "tests/integration/adapters/test_sqs.py"

CELERY_ON_SQS = (
    Remedy(
        "A killed pool process loses no message",
        CELERY,
        '"task_reject_on_worker_lost": True',
        '"task_reject_on_worker_lost": False',
        f"{SETTINGS_TEST}::test_a_killed_pool_process_loses_no_message_and_little_time",
    ),
    Remedy(
        "A message is acknowledged after the work, not before",
        CELERY,
        '"task_acks_late": True',
        '"task_acks_late": False',
        f"{SETTINGS_TEST}::test_a_killed_pool_process_loses_no_message_and_little_time",
    ),
    Remedy(
        "An exception leaves the message to SQS",
        CELERY,
        '"task_acks_on_failure": False',
        '"task_acks_on_failure": True',
        f"{SETTINGS_TEST}::test_exception_and_time_limit_bring_a_message_back_until_it_is_a_dead_letter",
    ),
    Remedy(
        "A time limit leaves the message to SQS",
        CELERY,
        '"task_acks_on_timeout": False',
        '"task_acks_on_timeout": True',
        f"{SETTINGS_TEST}::test_exception_and_time_limit_bring_a_message_back_until_it_is_a_dead_letter",
    ),
    Remedy(
        "A failed attempt is left to SQS: Celery sends no message of its own, whose receives would count anew",
        "worker/app.py",
        "@celery.task(name=TASK_NAME, bind=True)",
        "@celery.task(name=TASK_NAME, bind=True, autoretry_for=(Exception,), default_retry_delay=0)",
        "tests/unit/test_ingest_task.py::test_a_failed_attempt_is_left_to_sqs",
    ),
    Remedy(
        "No back-off of kombu's own, which ends the worker when a message is given back",
        CELERY,
        '"predefined_queues": {queue_name: {"url": queue_url}},',
        '"predefined_queues": {queue_name: {"url": queue_url, "backoff_policy": {1: 1}, "backoff_tasks": [task_name]}'
        "},",
        f"{SETTINGS_TEST}::test_a_killed_pool_process_loses_no_message_and_little_time",
    ),
    Remedy(
        "A failed poll is no end of polling",
        TRANSPORT,
        "        if isinstance(answer, PollFailed):\n            self._failed(answer)\n            return 0\n",
        "",
        f"{TRANSPORT_TEST}::test_failed_polls_of_every_kind_are_outlived",
    ),
    Remedy(
        "A poll over a half-open connection is given up",
        RECEIVE,
        "        curl.setopt(pycurl.TIMEOUT, int(self.timeout))\n",
        "",
        f"{TRANSPORT_TEST}::test_a_half_open_connection_is_given_up_and_its_silence_is_visible_to_the_heartbeat",
    ),
    Remedy(
        "Celery sees no message but the producer's own",
        "worker/consume/envelope.py",
        "    if not isinstance(value, dict):\n",
        "    if value is None:\n",
        "tests/unit/test_envelope.py::test_anything_else_is_refused",
    ),
    Remedy(
        "An error on taking a message ends neither polling nor the worker",
        TRANSPORT,
        "            except Exception:\n                # Stock,",
        "            except ZeroDivisionError:\n                # Stock,",
        f"{TRANSPORT_TEST}::test_an_error_on_taking_a_message_neither_stops_polling_nor_costs_a_place",
    ),
    Remedy(
        "A queue that would lose what fails is refused",
        PRODUCER,
        "    if not policy:\n",
        "    if policy is None:\n",
        f"{SQS_TEST}::test_a_missing_redrive_policy_is_found[moto]",
    ),
    Remedy(
        "An idle process takes the next message at once",
        CELERY,
        '"polling_interval": 0.05',
        '"polling_interval": 1.0',
        f"{SETTINGS_TEST}::test_an_idle_process_takes_the_next_message_without_a_second_of_pause",
    ),
    Remedy(
        "No task outlives its message's visibility, or it would run twice at once",
        PRODUCER,
        '    if int(queue["VisibilityTimeout"]) <= HARD_TIME_LIMIT_SECONDS:\n',
        '    if int(queue["VisibilityTimeout"]) <= 0:\n',
        f"{SQS_TEST}::test_each_misconfiguration_is_found[moto]",
    ),
    Remedy(
        "A worker that stops gives back what its open poll still brings",
        TRANSPORT,
        "    return status is not None and status is not False  # 0 is the exit status of a gentle stop\n",
        "    return status is None\n",
        f"{PROCESSES}/test_gentle_stop.py::test_what_the_open_poll_brings_is_visible_when_the_process_has_ended",
    ),
    Remedy(
        "A message is short and readable",
        PRODUCER,
        '            "sqs_base64_encoding": False,\n            "body_encoding": None,\n',
        "",
        f"{SQS_TEST}::test_a_message_looks_as_operators_are_told[moto]",
    ),
    Remedy(
        "Workers give signs of life of their own, as SQS carries none of Celery's",
        "worker/alive.py",
        "            self.heartbeat.start()\n",
        "",
        f"{SETTINGS_TEST}::test_signs_of_life_survive_errors_and_end_with_the_worker",
    ),
    Remedy(
        "Beanstalk's stop reaches Celery's main process alone",
        ".platform/hooks/predeploy/worker-20-drain.sh",
        "\nKillMode=mixed\n",
        "\nKillMode=control-group\n",
        "tests/unit/deploy/test_hooks.py::test_a_running_worker_is_stopped_and_waited_for",
    ),
    Remedy(
        "Dead letters are kept longer than the queue keeps messages, as their clock starts with the first send",
        PRODUCER,
        '    if int(dead["MessageRetentionPeriod"]) <= int(queue["MessageRetentionPeriod"]):\n',
        '    if int(dead["MessageRetentionPeriod"]) <= 0:\n',
        f"{SQS_TEST}::test_each_misconfiguration_is_found[moto]",
    ),
    Remedy(
        "A dead broker costs an upload's acceptance six seconds at most",
        PRODUCER,
        '    "read_timeout": 3,\n',
        '    "read_timeout": 8,\n',
        f"{SQS_TEST}::test_a_dead_broker_is_reported_within_six_seconds[accepts but never answers]",
    ),
    Remedy(
        "Celery goes where AWS's own variables point",
        CELERY,
        '"broker_url": "sqs://",',
        '"broker_url": "sqs://sqs.example:1",',
        f"{SETTINGS_TEST}::test_sigterm_finishes_the_task_first_and_spends_no_attempt",
    ),
    Remedy(
        "Messages are received by libcurl inside the event loop, not by one blocking call a second",
        "requirements.in",
        "kombu[sqs]==",
        "kombu==",
        "tests/unit/test_ingest_task.py::test_kombu_comes_with_what_receives_without_blocking",
    ),
)
