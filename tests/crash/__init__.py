"""The proof over real processes: each is killed, cut off and kept waiting at every step, and then the stores are read.

`python -m tests.crash` runs the matrix, `python -m tests.crash.soak` random faults under load.
"""
