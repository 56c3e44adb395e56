"""The faults that pass: a script by its name, and the options that the sink needs with it."""

from __future__ import annotations

from pyflink_dynamodb.testing import faults

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
NTH = (2, 3, 7)
PASSING = {
    "throttled": ([faults.throttle(nth=NTH)], {}),
    "throughput exceeded": ([faults.throughput_exceeded(nth=NTH)], {}),
    "request limit exceeded": ([faults.error("RequestLimitExceeded", nth=NTH)], {}),
    "500 before the write was applied": ([faults.internal_error(nth=NTH)], {}),
    "500 after the write was applied": ([faults.internal_error(nth=NTH, applied=True)], {}),
    "503": ([faults.internal_error(nth=NTH, status=503)], {}),
    "reset before the write was applied": ([faults.reset(nth=NTH)], {}),
    "reset after the write was applied": ([faults.reset(nth=NTH, applied=True)], {}),
    "an answer after the timeout": (
        [faults.late_answer(4, nth=NTH)],
        {"request_timeout_ms": 2_000},
    ),
    "refuses connections for a while": ([faults.outage(2, nth=2)], {}),
    "hangs for a while": ([faults.outage(3, hang=True, nth=2)], {"request_timeout_ms": 2_000}),
    "a slow start": ([faults.delay(1.0, count=8)], {}),
    "a token that has expired once": ([faults.expired_token(nth=2)], {}),
    "500 without an error code": ([faults.error(None, status=500, nth=NTH)], {}),
    "429 without an error code": ([faults.error(None, status=429, nth=NTH)], {}),
    "malformed JSON, applied": ([faults.malformed_json(nth=NTH)], {}),
    "malformed JSON, not applied": ([faults.malformed_json(nth=NTH, applied=False)], {}),
    "an entry missing from UnprocessedItems": ([faults.missing_entry(nth=NTH)], {}),
    "UnprocessedItems missing": ([faults.missing_entry(nth=NTH, absent=True)], {}),
    "some items unprocessed": ([faults.unprocessed(0.2)], {}),
    "some unprocessed under another name": ([faults.unprocessed(0.2, under_table=ARN)], {}),
    "a whole batch unprocessed": ([faults.unprocessed(nth=NTH)], {}),
    "DescribeTable not allowed": (
        [faults.access_denied(operation="DescribeTable")],
        {"key_schema": ["pk"]},
    ),
}
