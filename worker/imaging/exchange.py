"""What a sandbox and its server say to each other, and a child to who waits for it."""

import struct

REQUEST = struct.Struct("=QI")  # bytes of memory and seconds of CPU for the child; the work's facts follow
MOST_FACTS_BYTES = 4096
BRANCH = b"branch"  # with a socket, which a server forked for it is to serve
READY = struct.Struct("=i")  # the server's process, once it serves
ENDED = struct.Struct("=ii")  # the child's status (os.waitpid), and the number of an error if there was none

HEAD = struct.Struct("=cQ")  # one of these, bytes that follow
RESULT, REJECTED, BUG = b"R", b"X", b"B"
EXIT_UNHEARD = 70  # sysexits.h EX_SOFTWARE: the child couldn't deliver its message
ANSWER = 3  # the descriptor that a child writes its answer to; 0 to 2 are /dev/null
