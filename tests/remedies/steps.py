"""What the steps of the portal's own do so that nothing is lost, doubled or left behind."""

from tests.remedies.remedy import Remedy

PIPELINE, MESSAGE, ERASE, SWEEP = (
    "worker/pipeline.py",
    "worker/message.py",
    "worker/erase.py",
    "worker/sweep/sweep.py",
)
ACCEPT, REINGEST = "web/upload/accept.py", "worker/reingest.py"
ACCEPT_TEST, REPEATED = "tests/integration/test_accept.py", "tests/unit/test_repeated_requests.py"
REINGEST_TEST = "tests/unit/test_reingest.py"
RESTORE = "tests/integration/faults/test_restore.py::test_what_was_taken_back_since_stays_away"
DELIVERIES, TAKE_BACK = "tests/unit/test_deliveries.py", "tests/unit/test_take_back.py"

STEPS = (
    Remedy(
        "What is finished is not worked on again when its message comes twice",
        PIPELINE,
        ").closed:\n",
        ").closed and False:\n",
        f"{TAKE_BACK}::test_nothing_brings_it_back",
    ),
    Remedy(
        "Bytes that are not what was received are never published",
        PIPELINE,
        "or not manifest.describes(data)",
        "or False",
        "tests/integration/faults/test_ingest_faults.py::test_bytes_that_are_not_what_was_received_are_never_published",
    ),
    Remedy(
        "Of what is rejected nothing stays that was put in its place before",
        PIPELINE,
        "    if state is State.REJECTED:\n",
        "    if False:\n",
        "tests/unit/test_quota.py::test_while_the_database_is_away_uploads_are_accepted_and_the_worker_decides",
    ),
    Remedy(
        "What is taken back keeps its staged bytes while its owner may undo that",
        PIPELINE,
        " and not state.gone",
        "",
        f"{TAKE_BACK}::test_what_waits_in_the_queue_and_is_restored_is_published",
    ),
    Remedy(
        "Attempts that were cut off don't use up an upload's receives",
        MESSAGE,
        "if attempt.number >= MAX_RECEIVE_COUNT and spare",
        "if False and spare",
        f"{DELIVERIES}::test_a_good_upload_whose_workers_are_killed_ten_times_is_published",
    ),
    Remedy(
        "What was taken back before it was published is erased all the same",
        MESSAGE,
        "(CLEARED, State.TAKEN_BACK)",
        "(State.TAKEN_BACK,)",
        f"{TAKE_BACK}::test_from_the_click_to_erased",
    ),
    Remedy(
        "What a request brings whose upload is erased by then is erased by its message",
        MESSAGE,
        "        elif state == State.ERASED:\n            erase_staged(owner, upload_id, parts.store)\n",
        "",
        f"{TAKE_BACK}::test_nothing_brings_it_back",
    ),
    Remedy(
        "A take-back is marked in the bucket, so that a restored database learns of it",
        ERASE,
        "            TakenBackMarks(parts.store).put(erasure.owner, erasure.upload_id)\n",
        "",
        f"{TAKE_BACK}::test_from_the_click_to_erased",
    ),
    Remedy(
        "What comes while an upload is erased is found by a second look",
        ERASE,
        "if left := sum(map(len, versions_of(erasure, parts.store))):",
        "if left := 0:",
        f"{TAKE_BACK}::test_what_comes_while_it_is_erased_is_found_and_erased_too",
    ),
    Remedy(
        "An upload whose message is lost is sent again",
        SWEEP,
        "elif lost(upload",
        "elif False and lost(upload",
        f"{DELIVERIES}::test_every_upload_ends_once_whatever_is_repeated_reordered_or_lost",
    ),
    Remedy(
        "An upload whose last attempt is cut off becomes failed, with a reason",
        SWEEP,
        "upload is not None and is_cut_off(upload)",
        "False",
        f"{DELIVERIES}::test_a_picture_that_ends_every_process_is_given_up",
    ),
    Remedy(
        "Bytes whose upload was never accepted are removed",
        SWEEP,
        "staged.untouched_for > ABANDONED_AFTER",
        "False",
        "tests/integration/test_sweep.py::test_bytes_without_a_manifest_are_removed_after_a_while",
    ),
    Remedy(
        "Bytes whose request may still be running are left alone",
        SWEEP,
        "ABANDONED_AFTER = timedelta(hours=1)",
        "ABANDONED_AFTER = timedelta(seconds=10)",
        "tests/integration/test_sweep.py::test_bytes_without_a_manifest_are_removed_after_a_while",
    ),
    Remedy(
        "The sweep leaves what is taken back to the undo and to the erase step",
        SWEEP,
        "        if upload.status is State.TAKEN_BACK:\n"
        "            return  # its owner may undo it; then it is the erase step's\n",
        "",
        f"{TAKE_BACK}::test_what_waits_in_the_queue_is_taken_back_and_never_published",
    ),
    Remedy(
        "The sweep removes what stands in the place of what is rejected",
        SWEEP,
        "        if upload.status is State.REJECTED:\n",
        "        if False:\n",
        "tests/unit/test_held.py::test_of_what_a_moderator_refuses_nothing_stays",
    ),
    Remedy(
        "What a request brings whose upload is erased by then is erased by the sweep, where its message is lost",
        SWEEP,
        "if upload is not None and upload.status is State.ERASED:",
        "if False:",
        f"{TAKE_BACK}::test_nothing_brings_it_back",
    ),
    Remedy(
        "What is to be erased and has no message is sent again",
        SWEEP,
        "if is_erasing_lost(",
        "if False and is_erasing_lost(",
        f"{TAKE_BACK}::test_without_the_queue_the_sweep_sends_later",
    ),
    Remedy(
        "The manifest is cleared last, so that a cut leaves the upload findable",
        "shared/staging.py",
        "        self._store.delete(key for key in names if not _is_manifest(key))\n"
        "        self._store.delete(key for key in names if _is_manifest(key))\n",
        "        self._store.delete(key for key in names if _is_manifest(key))\n"
        "        self._store.delete(key for key in names if not _is_manifest(key))\n",
        "tests/unit/test_quota.py::test_a_refusal_that_is_cut_off_at_any_call_leaves_nothing_once_it_is_repeated",
    ),
    Remedy(
        "A manifest is written once, and never changes what was accepted",
        "shared/staging.py",
        """        key = folder_of(manifest.owner, manifest.upload_id) + _MANIFEST
        return Manifest.from_json(self._store.put_new(key, manifest.to_json(), "application/json"))""",
        """        key = folder_of(manifest.owner, manifest.upload_id) + _MANIFEST
        self._store.put(key, manifest.to_json(), "application/json", cache=False)
        return manifest""",
        f"{ACCEPT_TEST}::test_a_repeated_request_returns_the_same_upload",
    ),
    Remedy(
        "What a repeated request says is what the first one said",
        "web/upload/idempotency.py",
        "        if self.digest is None:\n",
        "        if True:\n",
        f"{REPEATED}::test_what_is_published_between_two_calls_of_a_second_request_is_what_that_says",
    ),
    Remedy(
        "Bytes stay where nobody knows whether their manifest was written",
        ACCEPT,
        "            raise uncertain(error) from error\n",
        "            self._discard(received)\n            raise uncertain(error) from error\n",
        f"{ACCEPT_TEST}::test_when_the_store_cannot_say_whether_a_manifest_was_written_the_bytes_stay",
    ),
    Remedy(
        "A request drops none but its own bytes",
        ACCEPT,
        "if standing.staged_key != manifest.staged_key:",
        "if True:",
        f"{REPEATED}::test_what_is_published_between_two_calls_of_a_second_request_is_what_that_says",
    ),
    Remedy(
        "A repeated request's bytes are dropped, as the first one's stand",
        ACCEPT,
        "if standing.staged_key != manifest.staged_key:",
        "if False:",
        f"{ACCEPT_TEST}::test_a_repeated_request_returns_the_same_upload",
    ),
    Remedy(
        "A late request that is refused keeps its bytes, by which the sweep finds what it said beside them",
        ACCEPT,
        "            if not received.claim.repeated:  # by the bytes",
        "            if True:  # by the bytes",
        "tests/unit/model/test_histories.py::test_a_late_request_of_which_one_call_goes_wrong_leaves_no_word_either",
    ),
    Remedy(
        "A request that took longer than its bytes are safe from the sweep is refused",
        ACCEPT,
        "            self._check_time()\n",
        "",
        f"{ACCEPT_TEST}::test_a_request_that_took_too_long_is_refused",
    ),
    Remedy(
        "What no attempt has begun with can be taken back",
        "web/taking_back/second_thoughts.py",
        "        if told is None:  # no attempt has begun",
        "        if False:  # no attempt has begun",
        f"{TAKE_BACK}::test_what_waits_in_the_queue_is_taken_back_and_never_published",
    ),
    Remedy(
        "What was taken back and is unknown to a restored database is erased",
        "worker/taken_back.py",
        "    if unknown:\n",
        "    if False:\n",
        RESTORE,
    ),
    Remedy(
        "What was taken back and is published in a restored database is taken back again",
        "worker/taken_back.py",
        "if parts.erasing.taken_back_before(upload_id, owner, manifest):",
        "if False:",
        RESTORE,
    ),
    Remedy(
        "An account's end takes back what was accepted and has no record yet",
        "worker/closing.py",
        "    take_back_staged(account.owner, parts)\n",
        "",
        "tests/unit/test_closing.py::test_a_deletion_that_is_cut_off_at_any_call_is_completed_by_the_next_sweep",
    ),
    Remedy(
        "Renditions that are put and then not named are given up",
        REINGEST,
        "        put.add(key)  # before it is there",
        "        # before it is there",
        f"{REINGEST_TEST}::test_all_are_made_anew_and_the_old_ones_go_later",
    ),
    Remedy(
        "Old renditions are removed before they are forgotten",
        REINGEST,
        "    parts.store.delete(given_up)\n    parts.reingest.forget(given_up)\n",
        "    parts.reingest.forget(given_up)\n    parts.store.delete(given_up)\n",
        f"{REINGEST_TEST}::test_a_removal_of_old_renditions_that_is_cut_off_is_completed_by_the_next",
    ),
    Remedy(
        "A picture whose turn comes while a part of the world is away loses no try",
        REINGEST,
        "        parts.reingest.give_back(turn)\n",
        "",
        f"{REINGEST_TEST}::test_a_store_that_is_away_costs_no_try",
    ),
)
