"""What a line of code is about, by shapes that many languages, SQL and settings share."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final


class Topic(Enum):
    """Something that a line of code does or sets."""

    GUARD = auto()
    HANDLER = auto()
    APPEND = auto()
    BOUND = auto()
    RELEASE = auto()
    ACQUIRE = auto()
    LOOKUP = auto()
    SCHEMA = auto()
    LIMIT = auto()
    LOOP = auto()
    CONDITION = auto()
    ASYNC = auto()
    WORK = auto()
    THRIFT = auto()
    WAIT = auto()
    LOCK = auto()
    ADDRESS = auto()
    ACCESS = auto()
    CONVERT = auto()
    TYPE = auto()
    CALCULATE = auto()
    SIGNATURE = auto()
    STRICT = auto()
    INDEX = auto()
    DIVIDE = auto()
    RESOURCE = auto()


_WORDS: Final[dict[Topic, tuple[str, ...]]] = {
    Topic.GUARD: (
        r"(?:[=!]==?|\bis(?: not)?)\s*(?:nil|null|None|undefined|nullptr|NULL|NaN)\b",
        r"\b(?:nil|null|None|undefined|nullptr|NULL|NaN)\s*[=!]==?|\?\.|\?\?|\?:|&\.",
        r"\bOptional\.ofNullable|\.ifPresent|\.isPresent|\.(?:get)?[oO]r_?[eE]lse|\bis_(?:some|none)\b",
        r"\bunwrap_or\w*|\b(?:if|guard) let\b|\bis_?[nN]ull\b|\bis_?[eE]mpty\b|\bis_?[bB]lank\b",
        r"\bpresent\?|\bblank\?|\blen\([^)]*\)\s*(?:==|>=?|<=?|!=)",
        r"\.(?:length|size\(\)|len\(\))\s*(?:===?|>=?|<=?|!==?)",
        r"\b(?:hasattr|has_key|contains(?:Key)?|hasOwnProperty|in_array|isset|array_key_exists)\(",
        r"\bif (?:not )?[\w.\[\]\"']+ (?:not )?in\b|\.get\([^,()]+,[^()]+\)|\bgetOrDefault\(",
        r"\bgetattr\([^,]+,[^,]+,|\bif not [\w.]+\s*:|\bif\s*\(\s*!?[\w.]+\s*\)|\bif [\w.]+:$",
        r"(?:===?|!==?)\s*(?:\"\"|'')|\bdefined\b|\bundef\b|\b(?:COALESCE|IFNULL|NVL)\(|,\s*ok\s*:?=",
    ),
    Topic.HANDLER: (
        r"\btry\b|\bexcept\b|\bcatch\b|\brescue\b|\brecover\(|\bfinally\b|\bensure\b|\berr != nil\b",
        r"\.catch\(|\bfallback\b|\bon_?[eE]rror\b|\bErr\(_|\bunwrap_or|\bmap_err\b|\bretry|\bcircuit",
    ),
    Topic.APPEND: (
        r"([A-Za-z_][\w.]*)\s*=\s*append\(\s*\1\b",
        r"[\w\])]\.(?:append|push|push_back|add|put|insert|extend|setdefault|set|offer|enqueue|computeIfAbsent|unshift|emplace\w*|entry)\(",
        r"<<\s*\w|\w\[[^\]\"']+\]\s*\|?\|?=[^=]|\w\s*\+=\s*[\[\w]",
    ),
    Topic.BOUND: (
        r"evict|max_?(?:size|len|entries|items)|maxsize=\d|capacity|\blru\b|\bttl\b|expire|bounded",
        r"\b(?:delete|remove|clear|pop\w*|shift|truncate|trim|evict\w*|prune)\b|LruCache",
        r"Weak(?:Map|Key|Ref|Set)|weakref|\[-\w+:\]|\bmaxlen=|Caffeine|\bring\b|flush|drain|reset\b",
        r"\blimit\b",
    ),
    Topic.RELEASE: (
        r"\.(?:close|release|dispose|free|shutdown|cancel|stop|unsubscribe|remove\w*Listener|destroy|disconnect|quit|cleanup|delete|remove|clear|pop\w*|shift|truncate|trim|evict\w*|prune)\(",
        r"\b(?:delete|free|clearInterval|clearTimeout)\(|\bdefer\b|\bwith\b.+:$|\bDispose\b",
        r"-=\s*\w*(?:[oO]n[A-Z]|[hH]andle)\w*|\busing\b|\btry \(|\bfinally\b|expire|\bttl\b|maxsize=\d",
        r"\bmaxlen=\d|maximumSize|max_?age|\bdel \w|\blru",
    ),
    Topic.ACQUIRE: (
        r"\bopen\(",
        r"\.(?:connect|getConnection|acquire|checkout|subscribe|add\w*Listener|Dial|NewTicker|Query|on)\(",
        r"\bset_?[iI]nterval\(|\bgo func|\bgo \w+\(",
        r"\bnew (?:Thread|Socket|\w+Stream|\w*Client|Worker)\b|\bThread\(",
        r"\w\s*\+=\s*(?:new )?\w*[oO]n[A-Z]\w*|\+=\s*\w*[hH]andle\w*|\b(?:spawn|create_task)\(",
        r"\b\w*Session\(\)|\bhttp\.Get\(|\.createConnection\(",
    ),
    Topic.LOOKUP: (
        r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES)\s+[\w.\"`]+|\bgetenv|\benviron|process\.env",
        r"ENV\[|\benv\(|\.get(?:String|Int|Bool|Property|Value|Env)?\(\s*[\"']|\[[\"'][\w.-]+[\"']\]",
        r"@Value\(|\b(?:config|settings)[.\[(]|\bimport\b|\brequire\(",
        r"\.(?:column|table|collection|index|topic|queue|bucket|secret)\(|\breadFile|\bopen\(",
        r"\b(?:fetch|render\w*|include|get|post)\(\s*[\"'`]|\bquery\(",
    ),
    Topic.SCHEMA: (
        r"\b(?:RENAME|DROP|ALTER|CREATE) (?:TABLE|COLUMN|INDEX|VIEW|TYPE)|\bRENAME\b",
        r"\b(?:drop|rename|remove)_(?:column|table)|[`\"]?json:\"|@JsonProperty|@Column",
        r"@SerializedName|serde\(|alias=|\bColumn\(|db\.Column|mapped_column",
        r"\b(?:string|int32|int64|bool|double|bytes)\s+\w+\s*=\s*\d+;|^\"\w+\"\s*:",
        r"^[\w-]+:\s*[\w\"'{\[|-]",
    ),
    Topic.LIMIT: (
        r"time_?[oO]ut|deadline|[pP]ool|max_?|min_?|[lL]imit|retr|backoff|concurren|[wW]orkers?",
        r"[tT]hreads?|batch|buffer|[qQ]ueue|interval|(?<![a-z])ttl|keep_?alive|idle|[cC]onnections?",
        r"(?<![a-z])size|(?<![a-z])rate(?![a-z])|quota|delay|expir",
    ),
    Topic.LOOP: (r"\bfor\b|\bwhile\b|\.for_?[eE]ach\b|\.map\(|\.each\b|\bloop\b|\.stream\(\)|\bfilter\(",),
    Topic.CONDITION: (r"\b(?:if|elif|unless|when|guard|switch|case|WHERE)\b|\s\?\s.+:",),
    Topic.ASYNC: (r"\basync\b|\bawait\b|\.await\b",),
    Topic.WORK: (
        r"\.(?:query|exec\w*|fetch\w*|find\w*|select|request|load\w*|post|call|send|scan|Query\w*|Exec\w*|Get[A-Z]\w*|get[A-Z]\w*|objects\.\w+|Find\w*|Fetch\w*|Load\w*|Call|Do|where|all)\(",
        r"\bawait\b|\bfetch\w*\(|\bSELECT\b|\brequests\.\w+\(|\.(?:get|first|one)\((?:pk|id)\b",
        r"\bsort\w*\(|\.compile\(|new RegExp|JSON\.parse|deep_?[cC]opy|cloneDeep|pickle|compress",
    ),
    Topic.THRIFT: (
        r"\bINDEX\b|@Index|index=True|add_index|cache|memo|\bLIMIT\b|\.limit\(|\.Limit\(|page_?size",
        r"batch|prefetch|select_related|includes\(|eager|EAGER|\bJOIN\b.+\bON\b|JOIN FETCH|parallel",
        r"Promise\.all|\bgather\(|pagina|bulk|debounce|throttle|lazy|\bWHERE\b.*\bIN\b|_many\(",
        r"[aA]ll\(ids",
    ),
    Topic.WAIT: (
        r"\bsleep\(|\bSleep\(|\bsleep_ms|[a-z]Sync\(|\.Result\b|\.Wait\(\)|\.block\(\)|\.join\(\)",
        r"\.get\(\)\s*;?$|[+*][^()]{0,3}\)[+*]|\brequests\.(?:get|post|put|delete|request)\(",
        r"\burlopen\(|\bFULL SCAN\b|LIKE '%",
    ),
    Topic.LOCK: (
        r"\b(?:un)?lock\b|\.R?(?:Un)?[lL]ock\(|mutex|synchronized|\batomic|\bvolatile\b|semaphore",
        r"\btransaction|\bisolation|\b(?:begin|commit|rollback)\b|for.?update|@Transactional",
        r"ThreadLocal|WaitGroup|sync\.Map|Concurrent\w+<|\bgo func|\bArc<|Promise\.all|\bparallel\w*",
        r"ThreadPool|Executor",
    ),
    Topic.ADDRESS: (
        r"\w+://[\w$]|\b(?:\d{1,3}\.){3}\d{1,3}\b|\blocalhost\b",
        r"[\"'\s](?:[\w-]+\.)+(?:com|net|org|io|dev|local|internal|svc)\b",
        r"\b\w*(?:host|_url|[uU]ri|endpoint|_addr\w*|port|dns|nameserver|resolver|proxy|broker|bootstrap\w*)\b\s*[:=]",
        r"ndots|dnsPolicy|searches:|base_?url",
    ),
    Topic.ACCESS: (
        r"password|secret|credential|\btoken|_token|api_?key|permission|\brole|polic(?:y|ies)\b",
        r"\bscopes?\b|\bcert|[tT]ls|\bssl|\bauth|oauth|grant|revoke|\biam\b|issuer|audience|signature",
        r"signing|cors|csrf|privilege|\bacl|keystore|verify|principal|allowed_?origins",
        r"service_?account|\bjwt|\bhmac|networkpolic|security_?group",
    ),
    Topic.CONVERT: (
        r"\bpars|[pP]arse|[cC]ast\b|[cC]onvert|\bformat|[eE]ncod|[dD]ecod|serial|strftime|strptime",
        r"\bdate|[tT]ime_?[zZ]one|decimal|\bfloat\(|\bint\(|\bstr\(|toString|Number\(|\bcents\b|millis",
        r"charset|round|marshal|avro|base64|\bas [iuf]\d+|utc\b",
    ),
    Topic.TYPE: (
        r"\b(?:u?int(?:8|16|32|64)?|long|short|float(?:32|64)?|double|string|str|text|bool(?:ean)?|varchar|(?:big|small)int|integer|numeric|decimal|date|timestamp(?:tz)?|uuid|bytes|jsonb?|keyword|number|[iuf](?:32|64)|char|bytea)\b",
        r"\b(?:INT(?:EGER)?|TEXT|VARCHAR|(?:BIG|SMALL)INT|NUMERIC|DECIMAL|DATE|TIMESTAMP(?:TZ)?|UUID|JSONB?|BOOLEAN)\b",
    ),
    Topic.CALCULATE: (
        r"\b(?:exp|log|sqrt|pow|max|min|clip|clamp|abs|round|floor|ceil|sum|mean)\(",
        r"[\w)\]]\s*(?:[*/%]|\*\*)\s*[\w(]|[\w)\]]\s[+-]\s[\w(]",
    ),
    Topic.SIGNATURE: (
        r"\b(?:def|func|fn|function|fun|sub)\s+(?:\([^)]*\)\s*)?\w+\s*[(<]|\brpc \w+\(",
        r"^(?:public|private|protected|static|async|export|override|final)\b.*\w+\s*\([^)]*\)",
    ),
    Topic.STRICT: (
        r"\braise\b|\bthrow\b|[rR]eject|[iI]nvalid|\bassert|\brequire[sd]?\b|[vV]alidat|\bNOT NULL\b",
        r"\bCHECK\b|\bUNIQUE\b|CONSTRAINT|@(?:NotNull|Valid|Min|Max|Size|Pattern)|\bbail!|\bErr\(",
        r"errors\.New|\babort\(|[sS]trict|additionalProp|(?:min|max)(?:imum|Length)|\bpattern\b",
        r"\ballowed\b|disallow|deny|forbid|Unprocessable|BadRequest|fail_on|FAIL_ON",
    ),
    Topic.INDEX: (
        r"\[[^\]\"']*[-+:][^\]\"']*\]|\w\[\d+\]|\w\[[a-z]\]|<=|>=|\blen\(|\.length\b|\.size\(\)|substr",
        r"slice|splice|offset|\brange\(|charAt|elementAt|\.len\(\)|split\(",
    ),
    Topic.DIVIDE: (r"[\w)\]]\s*/\s*[A-Za-z_(]|\w\s*%\s*\w|\bdiv\b|\.divide\(|\bmean\(|average",),
    Topic.RESOURCE: (
        r"\bmemory\b|\bcpu\b|[rR]eplicas|-Xm[xs]|\bresources\b|max[_-]old[_-]space|GOMEMLIMIT|GOGC",
        r"ulimit|instance_?type|shm|\bstorage\b|nodeSelector|mem_limit|\bquota",
    ),
}

_PATTERNS: Final = {topic: re.compile("|".join(words)) for topic, words in _WORDS.items()}


def count(topic: Topic, line: str) -> int:
    """Return how often a line of code, comments left out, does what the topic says.

    >>> count(Topic.GUARD, "if (cart == null || cart.isEmpty()) return 0;"), count(Topic.GUARD, "return 0")
    (2, 0)
    """
    return sum(1 for _ in _PATTERNS[topic].finditer(line))
