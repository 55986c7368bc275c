"""What kinds of problems are called: by status, and by code where that says too little."""

TITLES = {
    400: "That request can't be used",
    401: "Please log in",
    403: "You may not do this",
    404: "Nothing here",
    405: "That can't be done here",
    409: "That is taken",
    410: "Taken back",
    412: "This has changed meanwhile",
    413: "That is too large",
    415: "That can't be read here",
    421: "Not this address",
    422: "Something needs a change",
    428: "Say which version you saw",
    429: "A little slower, please",
    500: "That is our fault",
    503: "Back in a moment",
}
TITLES_OF_CODES = {
    "link_ended": "This link has ended",
    "acted_meanwhile": "Something has happened meanwhile",
    "already_answered": "You have answered",
    "already_reported": "You have reported this",
    "not_possible": "That would change nothing",
    "export_running": "One at a time",
    "over_quota": "No room left",
    "password_needed": "This link has a password",
    "too_late": "Too late",
    "unsupported_type": "That is not an image we know",
}
