"""BE-ERR-1..3, judged on error schemas, on the log lines and on what the output says of them."""

import re
from functools import partial

from remit.agents.standards.document import Document, Node
from remit.agents.standards.rows import by_contract, in_contract
from remit.agents.standards.verdict import Fault, Verdict, decided, unknown
from remit.agents.standards.work import BackendWork

INTERNALS = frozenset(
    {"stack", "stack_trace", "stacktrace", "traceback", "exception", "sql", "sql_state", "debug",
     "query_text", "file", "file_path", "path_on_disk", "hostname", "internal", "env"}
)  # fmt: skip
"""Properties of an error that would show the inside of the service."""
CORRELATION = ("request_id", "correlation_id", "trace_id")
_KEPT_INSIDE = {
    "stack traces": re.compile(r"stack|trace", re.I),
    "raw database errors": re.compile(r"database|sql|\bdb\b", re.I),
}
_NO = re.compile(
    r"\b(no|not|never|none|without|only|nothing|stay|stays|inside|kept|hidden)\b", re.I
)
_FAILS = re.compile(r"error|fail|exception|crash|unhandled", re.I)


def coded(work: BackendWork) -> Verdict:
    """BE-ERR-1: every error carries a code for machines and a message for people."""
    faults: list[Fault] = []
    for op in work.operations:
        errors = [response for response in op.responses if response.error]
        if not errors:
            faults.append(in_contract(op, "no error answer is documented"))
        faults += [
            in_contract(op, f"{answer.status}: its error lacks {', '.join(lacking)}")
            for answer in errors
            if (lacking := _uncoded(op.document, answer.schema or {}))
        ]
    return by_contract(work, "BE-ERR-1", faults, "every error has a code and a message")


def _uncoded(document: Document, answer: Node) -> list[str]:
    schema = document.properties(answer).get("error")
    known, needed = document.properties(schema), document.required(schema)
    return [name for name in ("code", "message") if name not in known or name not in needed]


def discreet(work: BackendWork) -> Verdict:
    """BE-ERR-2: what leaves with an error shows nothing of the inside."""
    faults = [
        in_contract(op, f"{response.status} shows {', '.join(sorted(names))}")
        for op in work.operations
        for response in op.responses
        if response.error and (names := _shown(op.document, response.schema or {}))
    ]
    if faults:
        return decided("BE-ERR-2", faults, "", "contract")
    if not work.operations or not work.security:
        reason = work.problem("security") if work.operations else "there is no contract to look at"
        return unknown("BE-ERR-2", reason, "security")
    return _stated(work.security.error_exposure)


def _shown(document: Document, answer: Node) -> set[str]:
    """Names of telling properties, in the answer, its error and what the error holds."""
    return document.once("shown", answer, partial(_telling, document))


def _telling(document: Document, answer: Node) -> set[str]:
    found: set[str] = set()
    for schema in (answer, document.properties(answer).get("error")):
        for part in document.parts(schema):
            inner = document.properties(part)
            found |= {name for name in inner if name.lower() in INTERNALS}
            for below in inner.values():
                for item in (below, below.get("items")):
                    found |= {one for one in document.properties(item) if one.lower() in INTERNALS}
    return found


def _stated(words: str) -> Verdict:
    """The statement must name what is kept inside, and say that it is kept."""
    silent = [name for name, pattern in _KEPT_INSIDE.items() if not pattern.search(words)]
    if not words.strip() or silent:
        reason = f"error_exposure does not speak of {', '.join(silent) or 'anything'}"
        return unknown("BE-ERR-2", reason, "security: error_exposure")
    if not _NO.search(words):
        fault = Fault(place="security: error_exposure", what=f"internals leave: {words}")
        return decided("BE-ERR-2", (fault,), "", "security")
    return decided("BE-ERR-2", (), f"no error schema shows internals; {words}", "security")


def logged(work: BackendWork) -> Verdict:
    """BE-ERR-3: errors are logged inside, with the id of the request."""
    if not work.observed:
        return unknown("BE-ERR-3", work.problem("observability"), "observability")
    errors = [line for line in work.observed.logs if _FAILS.search(line)]
    good = [line for line in errors if any(word in line.lower() for word in CORRELATION)]
    fault = Fault(
        place="observability: logs",
        what="no error log carries request_id or correlation_id"
        if errors
        else "no error is logged",
    )
    return decided("BE-ERR-3", () if good else (fault,), "; ".join(good[:2]), "observability: logs")
