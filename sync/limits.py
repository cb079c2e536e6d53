"""Every bound in one file, and the relations between bounds, asserted at import.

Names carry their unit last. A bound that users meet is named in the problem they are shown.
"""

from __future__ import annotations

# What a person may enter.
QUANTITY_ABS_MAX = 10**12
TEXT_CHARS_MAX = 4_000
NAME_CHARS_MAX = 200

# What a commit may be.
COMMIT_BYTES_MAX = 4 * 2**20
COMMIT_CHANGES_MAX = 20_000
COMMIT_PARENTS_MAX = 64
CHANGE_NAMES_MAX = 1_000

# What a message may be.
MESSAGE_BYTES_MAX = 16 * 2**20
MESSAGE_COMMITS_MAX = 2_000
PAGE_BYTES = 2 * 2**20
OFFER_BYTES = 2 * 2**20
HEADS_PLACES_MAX = 1_000
SYNC_ROUNDS_MAX = 10_000

# What a server keeps for one device before it is accepted.
ASIDE_COMMITS_PER_DEVICE_MAX = 2_000
ASIDE_BYTES_PER_DEVICE_MAX = 64 * 2**20

# What a bundle may be.
BUNDLE_BOX_BYTES = 2**18  # of messages in one box, packed together; one that is larger has its own
BUNDLE_BOXES_MAX = 60_000
BUNDLE_BYTES_MAX = 2**28

# Clocks.
CLOCK_AHEAD_SECONDS_MAX = 24 * 3600
OFFLINE_SECONDS_MAX = 366 * 24 * 3600
STAMP_COUNTER_MAX = 2**20 - 1

# Hierarchies and definitions.
TREE_DEPTH_MAX = 16
PLACES_MAX = 2_000_000
FORMULA_CHARS_MAX = 2_000
FORMULA_DEPTH_MAX = 40
FORMULA_TOWER_MAX = 160  # depth of a formula and of those under it, together
FORMULA_STEPS_MAX = 100_000
FIGURE_BITS_MAX = 4_096
INDICATORS_MAX = 10_000
PACK_BYTES_MAX = 8 * 2**20

# Intake.
INTAKE_REQUESTS_PER_TRANSACTION = 64
INTAKE_QUEUE_REQUESTS_MAX = 512
INTAKE_QUEUE_BYTES_MAX = 128 * 2**20  # of requests that wait, unpacked
DISK_FREE_BYTES_MIN = 2**30

# Forms that go out, and reminders.
NOTICE_WORKING_DAYS_MIN = 5  # unless the catalogue's P_NOTICE_DAYS says otherwise
REMINDER_DAYS_BEFORE = 2
REMINDER_REST_DAYS = 3  # between two messages that say the same
REMINDER_LATE_DAYS_MAX = 30  # after the last day for late work nobody is reminded on its own
REMINDER_CHECK_SECONDS = 900
MAIL_SECONDS_MAX = 30.0

# A laptop's pages.
PAGES_PORT = 8471
PAGES_PORTS = 20  # how many are tried from there on
LAUNCHES_MAX = 20
SESSIONS_MAX = 50
PASSPHRASE_CHARS_MIN = 10
LIVE_PING_SECONDS = 20.0

# Looking a database file over.
LOOK_SECONDS_MAX = 2.0  # at opening; `verify` takes all the time it needs
PAGES_LOOK_SECONDS_MAX = 0.2  # before the first page; the rest is looked over while it is read
LOG_BYTES_SUMMED_MAX = 16 * 2**20

# One writer for a laptop's folder.
LOCK_SECONDS_MAX = 10.0  # how long a command waits for another one to end
ASKED_SECONDS_MAX = 10.0  # how long it waits for the running pages to listen

# PINs of those who share a laptop.
PIN_DIGITS_MIN = 4
PIN_DIGITS_MAX = 12
PIN_TRIES_MAX = 5
PIN_WAIT_SECONDS = 30
PIN_WAIT_SECONDS_MAX = 15 * 60
IDLE_MINUTES = 15
IDLE_MINUTES_CHOICES = (5, 15, 30, 60, 0)  # 0 is never

# What may be pasted into a sheet at once.
PASTE_CHARS_MAX = 200_000
PASTE_LINES_MAX = 1000

# Forms as workbooks, out and in.
FORM_SHEETS_MAX = 300  # places in a workbook with a sheet a place
FORM_PLACES_MAX = 2_000  # places in a workbook with a line a place
FORM_CELLS_MAX = (
    100_000  # of either; with what the hidden sheet says of each, it must come in again
)
IMPORT_BYTES_MAX = 8 * 2**20
IMPORT_PARTS_MAX = 2_000  # files within a workbook
IMPORT_UNPACKED_BYTES_MAX = 96 * 2**20
IMPORT_SHEETS_MAX = 400
IMPORT_CELLS_MAX = 1_000_000
IMPORT_SECONDS_MAX = 30.0
IMPORT_MEMORY_BYTES_MAX = 2**30  # of the process that reads it, where the system can bound that
IMPORTS_KEPT_MAX = 20  # that were looked at and not taken yet
IMPORTS_CELLS_KEPT_MAX = 200_000  # of all of them, but for the last one
IMPORT_LISTED_MAX = 500  # rows that a page names

# A server's pages.
COURTESY_SECONDS_MAX = 0.5  # for how long checks wait for pages that somebody waits for
READERS_MAX = 3  # connections that only read, beside the one that writes
WEB_SESSION_SECONDS_MAX = 12 * 3600  # a working day, however busy
WEB_SESSION_IDLE_SECONDS_MAX = 1800
PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 128
FIRST_PASSWORD_SECONDS = 14 * 24 * 3600
SIGNIN_FREE_TRIES = 4  # of one login, or of one person's codes: the fifth that fails has to wait
SIGNIN_FREE_TRIES_OF_ADDRESS = 49  # an office has one address
SIGNIN_WAIT_SECONDS_MAX = 15 * 60
SIGNIN_TRIES_SECONDS = 24 * 3600  # after so long without another, failures are forgotten
SIGNIN_TRIES_MAX = 20_000  # rows: logins and addresses
SIGNIN_EVENTS_MAX = 1_000_000
PASSWORD_PROOFS_AT_ONCE = 2
PASSWORD_PROOFS_WAITING_MAX = 40
RECENT_SIGNIN_SECONDS = 15 * 60  # so long the password needn't be given again
SECOND_FACTOR_SETUP_SECONDS = 3600
RECOVERY_CODES = 10
LINK_CODE_SECONDS = 14 * 24 * 3600
SERVICE_TRY_SECONDS = 10 * 60  # for signing in at the service
SERVICE_TRIES_MAX = 5_000
SERVICE_ANSWER_BYTES_MAX = 2**18
SERVICE_SECONDS_MAX = 10.0
SERVICE_CLOCK_SECONDS = 60  # by which its clock may differ
WEB_BODY_BYTES_MAX = 2**20  # of a page's form; a file's bound is its own

# What programs may ask of a server: a page, and how often; a bucket fills at the rate and holds the
# number that may come at once.
API_ROWS = 1_000  # of a page, unless another number is asked for
API_ROWS_MAX = 5_000
API_PLACES_LOOKED_AT_MAX = 2_000  # for one page: where little is filed, pages are shorter
API_COMMITS_LOOKED_AT_MAX = 5_000
API_KEY_REQUESTS_PER_SECOND = 20.0
API_KEY_REQUESTS_AT_ONCE = 200
API_ADDRESS_REQUESTS_PER_SECOND = 50.0  # one address may be a whole town's
API_ADDRESS_REQUESTS_AT_ONCE = 500
API_BUCKETS_MAX = 10_000
API_KEYS_MAX = 1_000
PREFILL_BYTES_MAX = 16 * 2**20
PREFILL_LISTED_MAX = 200  # errors, outliers and missing places that a report names
PREFILL_REPORTS_MAX = 1_000
EXPORTS_AT_ONCE = 2
EXPORT_SECONDS_KEPT = 3600

# Connections: their number keeps below the files that a process may usually open.
FILES_OPEN_MIN = 1_024
CONNECTIONS_MAX = 800
CONNECTIONS_REFUSED_MAX = 100  # beyond those: they are only told to come again
HOLD_SECONDS_MIN = 10.0  # until a slow sender's place may be given to another

# What a file may be.
LINE_BYTES_MAX = 65_536
PLACES_BYTES_MAX = 512 * 2**20  # unpacked
FAULTS_MAX = 100_000
SETTINGS_BYTES_MAX = 2**20

# Waiting, in seconds.
HTTP_TIMEOUT_SECONDS = 30.0
HTTP_ATTEMPTS_MAX = 4
HTTP_WAIT_SECONDS_MAX = 5.0
RETRY_AFTER_SECONDS = 5
BODY_IDLE_SECONDS_MAX = 30.0
BODY_SECONDS_MAX = 600.0
BODIES_BYTES_MAX = 512 * 2**20  # of all requests that are being taken, together
HEAD_SECONDS_MAX = 20.0  # until a request's first lines have come
ANSWER_IDLE_SECONDS_MAX = 60.0  # while nothing of an answer is read
SHUTDOWN_SECONDS_MAX = 20
DATABASE_BUSY_SECONDS = 10.0
CERTIFICATE_SECONDS = 10 * 366 * 24 * 3600
INVITE_SECONDS = 14 * 24 * 3600

assert COMMIT_BYTES_MAX <= OFFER_BYTES * 2 <= MESSAGE_BYTES_MAX
assert PAGE_BYTES + COMMIT_BYTES_MAX <= MESSAGE_BYTES_MAX
assert COMMIT_BYTES_MAX <= ASIDE_BYTES_PER_DEVICE_MAX
assert QUANTITY_ABS_MAX * 10_000 < 2**63
assert TEXT_CHARS_MAX * 4 < COMMIT_BYTES_MAX
assert FORM_CELLS_MAX * 7 <= IMPORT_CELLS_MAX
assert CHANGE_NAMES_MAX * 16 + COMMIT_PARENTS_MAX * 32 < COMMIT_BYTES_MAX
assert MESSAGE_BYTES_MAX <= INTAKE_QUEUE_BYTES_MAX <= BODIES_BYTES_MAX
assert INTAKE_REQUESTS_PER_TRANSACTION <= INTAKE_QUEUE_REQUESTS_MAX <= CONNECTIONS_MAX
assert CONNECTIONS_MAX + CONNECTIONS_REFUSED_MAX < FILES_OPEN_MIN - 64
assert HOLD_SECONDS_MIN < HEAD_SECONDS_MAX < BODY_IDLE_SECONDS_MAX < BODY_SECONDS_MAX
assert WEB_SESSION_IDLE_SECONDS_MAX < WEB_SESSION_SECONDS_MAX
assert HEAD_SECONDS_MAX < ANSWER_IDLE_SECONDS_MAX
assert API_ROWS <= API_ROWS_MAX
assert API_KEY_REQUESTS_PER_SECOND <= API_ADDRESS_REQUESTS_PER_SECOND
assert PREFILL_BYTES_MAX <= MESSAGE_BYTES_MAX
assert TEXT_CHARS_MAX * 4 + 8 * NAME_CHARS_MAX < LINE_BYTES_MAX
assert PLACES_MAX * 2 * NAME_CHARS_MAX > PLACES_BYTES_MAX > PLACES_MAX * NAME_CHARS_MAX
assert FORMULA_DEPTH_MAX < FORMULA_TOWER_MAX < FORMULA_STEPS_MAX
assert FORMULA_CHARS_MAX <= TEXT_CHARS_MAX
assert HTTP_WAIT_SECONDS_MAX <= RETRY_AFTER_SECONDS <= HTTP_TIMEOUT_SECONDS
