"""Ways to fail, told from the words of runtimes, databases and protocols.

The words are those of public manuals: exceptions of Python, the JVM, .NET, JavaScript, Go, Rust and C;
SQLSTATE conditions and the messages of PostgreSQL, MySQL, SQLite and search engines; errno; HTTP and gRPC
statuses. A message may speak of several ways; each is taken for possible.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final


class Mode(Enum):
    """How something fails."""

    NULL = "a value that is not there was used"
    MISSING = "something named does not exist"
    TYPE = "a value could not be read as what was expected"
    ARGUMENTS = "a call does not fit what it calls"
    BOUNDS = "an index or range was left"
    ARITHMETIC = "a calculation has no result"
    REJECTED = "a value was turned away"
    MEMORY = "memory ran out or grew"
    EXHAUSTED = "connections, handles, threads or space ran out"
    SLOW = "something took too long"
    RESOLVE = "a host name could not be resolved"
    CONNECT = "a connection could not be made or held"
    ACCESS = "access was denied"
    QUOTA = "a quota or rate was passed"
    CONFLICT = "two wanted the same at once"
    RECURSION = "something called itself without end"
    CRASH = "a process died"
    OTHER = "something failed in words of its own"
    PASSED_ON = "somebody else's failure was passed on"


_WORDS: Final[dict[Mode, tuple[str, ...]]] = {
    Mode.NULL: (
        r"nil pointer|null ?pointer|nullreference|null reference|\bof (?:null|undefined)\b|nonetype",
        r"object reference not set|is (?:null|undefined|none|nil)\b|(?:null|undefined) is not",
        r"unwrap\(\)`? on a `?none|invalid memory address|segmentation (?:fault|violation)|sigsegv",
        r"no value present|undefined value|nosuchelement|nomethoderror.*nil|unexpectedly found nil",
        r"null value in column|cannot be null|must not be null|nil map",
    ),
    Mode.MISSING: (
        r"does not exist|doesn't exist",
        r"no such (?:table|column|file|key|index|bucket|field|topic|module|method)",
        r"no such (?:attribute|property|relation|element)",
        r"unknown (?:column|field|table|key|property|topic|option|setting)",
        r"undefined(?:table|column| table| column| method| variable| local)|not found|notfound",
        r"no mapping|missing|keyerror|attributeerror|has no attribute|nameerror|is not defined",
        r"importerror|no module named|cannot find (?:module|symbol)|classnotfound|noclassdef",
        r"unresolved|unmapped|unrecognized (?:field|name|option)|invalid (?:column|object) name",
        r"no property|404\b|not set\b|is required|\bunset\b|no index",
    ),
    Mode.TYPE: (
        r"typeerror|classcast|cannot (?:cast|convert|parse|unmarshal|deserialize|decode)|type mismatch",
        r"could not (?:parse|convert|decode|deserialize)|no match of",
        r"can't (?:subtract|compare|multiply)|unsupported operand",
        r"invalid (?:syntax|literal|character|format|type|json|input syntax)|numberformat",
        r"parse ?(?:error|exception|failure)|failed to (?:parse|decode|unmarshal|deserialize|convert)",
        r"unmarshal|malformed|unexpected (?:token|end of|character|type)|jsondecode|incompatible type",
        r"shapes?\b|dimension|not a valid|datetimeparse|does not match format|strconv",
        r"expected .{1,40}(?:got|found|but was)|unicode(?:decode|encode)|wire ?type|schema mismatch",
    ),
    Mode.ARGUMENTS: (
        r"unexpected keyword|positional argument|wrong number of arguments|nosuchmethod",
        r"takes \d+ (?:positional )?argument|missing \d+ required|is not a function|undefined method",
        r"unknown flag|no matching (?:function|overload)|unimplemented|abstractmethod",
        r"unexpected argument|bind message supplies",
    ),
    Mode.BOUNDS: (
        r"index (?:was )?out of|indexerror|out ?of ?bounds|arrayindex|slice bounds|outofrange",
        r"stringindex|range ?error|string index|list index",
    ),
    Mode.ARITHMETIC: (
        r"division by zero|divide by zero|divide error|zerodivision|arithmetic|\bnan\b|overflow",
        r"infinity|not finite",
    ),
    Mode.REJECTED: (
        r"validation|invalid|out of range|rejected|constraint|must be|illegal ?argument|bad request",
        r"unprocessable|entity too large|large body|refused|not allowed",
        r"too (?:long|large|big|short|small)|can ?not handle|exceed|the (?:maximum|minimum|limit) is",
        r"expired|violates|checksum|422\b|400\b|valueerror|failed to validate|unsupported",
    ),
    Mode.MEMORY: (
        r"out ?of ?memory|oom ?kill|\boom\b|memory limit|heap (?:space|exhaust|limit|out|grow)",
        r"cannot allocate|memoryerror|gc (?:pause|overhead)|allocation failed|bad_alloc",
        r"memory pressure|evicted.*memory|working set",
    ),
    Mode.EXHAUSTED: (
        r"too many (?:open|connections|clients|files)|pool (?:is )?(?:exhaust|timeout|full|size)",
        r"exhausted|no space left|disk (?:is )?full|emfile|enfile|enospc|remaining connection slots",
        r"queue (?:is )?full|unable to (?:acquire|obtain|create new native thread)",
        r"no available (?:connection|worker)|file descriptor|connection is not available",
        r"max(?:imum)? (?:number of )?(?:clients|connections|threads)|rejected execution|task rejected",
        r"queuepool limit|buffer full|backpressure",
    ),
    Mode.SLOW: (
        r"time(?:d)? ?-?out|deadline|too slow|slow (?:query|request)|latency|took \d|etimedout",
        r"took too long|504\b|lock wait|canceling statement|request aborted|not respond|unresponsive",
        r"stalled|event loop blocked",
    ),
    Mode.RESOLVE: (
        r"no such host|enotfound|getaddrinfo|name (?:or service not known|resolution|resolver)",
        r"nxdomain|servfail|unknownhost|eai_again|could not resolve|resolve host|\bdns\b|lookup \S+",
        r"unresolved host|no address associated|zero addresses|nameserver",
    ),
    Mode.CONNECT: (
        r"connection (?:was )?(?:refused|reset|closed|aborted|lost|error|failed|timed)|econnrefused",
        r"econnreset|epipe|broken pipe|unreachable|no route to host",
        r"connect(?:ion)? (?:error|exception|fail)|socket|failed to connect|handshake|unavailable",
        r"502\b|503\b|bad gateway|dial tcp|connect: |upstream connect",
    ),
    Mode.ACCESS: (
        r"permission denied|access ?denied|unauthori[sz]ed|forbidden|authenticat|401\b|403\b",
        r"certificate|credential|x509|\btls\b|\bssl\b|token (?:is )?(?:expired|invalid)",
        r"invalid (?:token|signature|api key|password)|not authorized|signature (?:does not|mismatch)",
        r"insufficient privilege|eacces|scope",
    ),
    Mode.QUOTA: (r"rate ?limit|too many requests|429\b|quota|throttl|resource_exhausted|limit exceeded",),
    Mode.CONFLICT: (
        r"deadlock|duplicate (?:key|entry)|unique (?:constraint|violation)|could not serialize",
        r"conflict|concurrent (?:map|modif|update)|data race|lock (?:wait|timeout|held)",
        r"optimistic lock|409\b|already (?:exists|locked|in use)|race condition",
        r"stale (?:object|state|data)",
    ),
    Mode.RECURSION: (
        r"recursion|stack overflow|stack level too deep|call stack size|circular|cyclic|infinite loop",
    ),
    Mode.CRASH: (
        r"panic|fatal|crash|core dumped|sigabrt|unhandled|uncaught|exit(?:ed)? (?:code|status|with)",
        r"killed|assertion|backoff restarting|abort(?:ed|ing)?\b",
    ),
    Mode.PASSED_ON: (
        r"upstream|downstream|call(?:ing|s)? (?:to )?\S* ?failed|returned (?:status )?5\d\d",
        r"from \w+ ?service|\b50[0234] from|dependency (?:failed|error)|internal server error|\b500\b",
        r"fall(?:ing)? ?back",
    ),
}

_SEAM: Final = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
"""Where names are put together: ``NOT_FOUND`` and ``RejectedExecution`` are read as words, too."""

_PATTERNS: Final = {mode: re.compile("|".join(words), re.IGNORECASE) for mode, words in _WORDS.items()}

MOST_CHARACTERS: Final = 2_000
"""Of a message that are looked at."""

GENERAL: Final = frozenset({Mode.CRASH, Mode.PASSED_ON})
"""Ways that say nothing of why."""


def modes(text: str) -> frozenset[Mode]:
    r"""Return the ways to fail that a message speaks of.

    >>> modes("psycopg.errors.UndefinedTable: relation \"old_orders\" does not exist") == {Mode.MISSING}
    True
    >>> modes("served 12 orders")
    frozenset()
    """
    shown = text[:MOST_CHARACTERS]
    shown = f"{shown}\n{_SEAM.sub(' ', shown)}"
    return frozenset(mode for mode, pattern in _PATTERNS.items() if pattern.search(shown))
