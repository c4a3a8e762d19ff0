"""Firehose: records wait in a buffer, and one object in S3 holds many of them.

AWS: Firehose developer guide, "Configure buffering hints", "Amazon S3 object name format" and "custom prefixes"; API
reference, ExtendedS3DestinationConfiguration and Processor (`AppendDelimiterToRecord`); IAM role of the destination.
ministack writes each record at once as an object of its own, without delimiters and compression. Streams with dynamic
partitioning or a conversion of the format still work that way here.
"""

from __future__ import annotations

import contextvars
import gzip
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from constructs_lib.local.adapter.emulator import FIREHOSE, S3, Response, account, refuse, region
from constructs_lib.local.adapter.permissions import can_assume, role_may
from constructs_lib.local.adapter.replacements import extends
from constructs_lib.local.adapter.request_validation import violation
from constructs_lib.local.adapter.settings import SETTINGS

_log = logging.getLogger("constructs_lib.local.firehose")

_SERVICE = "firehose.amazonaws.com"
_S3 = "ExtendedS3DestinationConfiguration"
_EXTENSIONS = {"UNCOMPRESSED": "", "GZIP": ".gz"}
_DEFAULT_INTERVAL = 300
_DEFAULT_MEGABYTES = 5
_NEW_LINE = "\\n"


# ------------------------------------------------------------------ configuration


@extends("services.firehose._create_delivery_stream")
def _create(original: Any, data: dict[str, Any]) -> Response:
    problem = violation("CreateDeliveryStream", data, service="firehose") or _problem(data.get(_S3) or {})
    if problem is not None:
        return refuse("InvalidArgumentException", problem)
    response: Response = original(data)
    return response


def _problem(destination: dict[str, Any]) -> str | None:
    if not destination:
        return None
    role = str(destination["RoleARN"])
    if not can_assume(role, _SERVICE, source_arn="", source_account=account()):
        return f"Firehose is unable to assume role {role}. Please check the role provided."
    prefix, errors = str(destination.get("Prefix") or ""), str(destination.get("ErrorOutputPrefix") or "")
    if "!{" in prefix and not errors:
        return "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions."
    if "!{partitionKeyFrom" in prefix and not _is_enabled(destination, "DynamicPartitioningConfiguration"):
        return "Prefix refers to partition keys, and dynamic partitioning is not enabled."
    if "!{" in errors and "!{firehose:error-output-type}" not in errors:
        return "ErrorOutputPrefix must include at least one instance of !{firehose:error-output-type}."
    if destination.get("CompressionFormat", "UNCOMPRESSED") not in _EXTENSIONS:
        return f"The local AWS compresses with GZIP only, not with {destination['CompressionFormat']}."
    return None


# ------------------------------------------------------------------ delivery


@dataclass
class _Buffer:
    """The records that wait for their object; the first one began the wait."""

    records: list[bytes] = field(default_factory=list)
    size: int = 0


_buffers: dict[tuple[str, str, str, str], _Buffer] = {}
_lock = threading.Lock()


@extends("services.firehose._deliver_to_s3")
def _deliver(
    original: Any, stream: dict[str, Any], dest: dict[str, Any], record_data: bytes, lambda_keys: Any = None
) -> None:
    config = dest["config"]
    if _is_enabled(config, "DynamicPartitioningConfiguration") or _is_enabled(
        config, "DataFormatConversionConfiguration"
    ):
        original(stream, dest, record_data, lambda_keys)
        return
    record = record_data + _delimiter(config)
    hints = config.get("BufferingHints") or {}
    interval = int(hints.get("IntervalInSeconds", _DEFAULT_INTERVAL))
    longest = int(hints.get("SizeInMBs", _DEFAULT_MEGABYTES)) * 1024 * 1024
    key = (account(), region(), str(stream["name"]), str(dest["id"]))
    with _lock:
        buffer = _buffers.setdefault(key, _Buffer())
        buffer.records.append(record)
        buffer.size += len(record)
        is_first, is_full = len(buffer.records) == 1, buffer.size >= longest
    if is_full:
        _flush(key, buffer, stream, config)
    elif is_first:
        _later(interval, key, buffer, stream, config)


def _is_enabled(config: dict[str, Any], name: str) -> bool:
    settings = config.get(name) or {}
    return bool(settings) and str(settings.get("Enabled", True)).lower() == "true"


def _delimiter(config: dict[str, Any]) -> bytes:
    if not _is_enabled(config, "ProcessingConfiguration"):
        return b""
    for processor in config["ProcessingConfiguration"].get("Processors") or []:
        if processor.get("Type") == "AppendDelimiterToRecord":
            given = {p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters") or []}
            return str(given.get("Delimiter", _NEW_LINE)).replace(_NEW_LINE, "\n").encode()
    return b""


def _later(
    seconds: float, key: tuple[str, str, str, str], buffer: _Buffer, stream: dict[str, Any], config: dict[str, Any]
) -> None:
    context = contextvars.copy_context()
    flush = (_flush, key, buffer, stream, config)
    timer = threading.Timer(seconds * SETTINGS.retry_scale, context.run, flush)
    timer.daemon = True
    timer.start()


def _flush(key: tuple[str, str, str, str], buffer: _Buffer, stream: dict[str, Any], config: dict[str, Any]) -> None:
    with _lock:
        if _buffers.get(key) is not buffer:
            return  # its object is written already
        del _buffers[key]
    bucket = str(config["BucketARN"]).rpartition(":")[2]
    moment = time.gmtime()
    stamp = FIREHOSE.java_time("yyyy-MM-dd-HH-mm-ss", moment)
    name = f"{stream['name']}-{stream['version']}-{stamp}-{FIREHOSE.new_uuid()}"
    compression = str(config.get("CompressionFormat", "UNCOMPRESSED"))
    extension = config.get("FileExtension") or _EXTENSIONS[compression]
    path = f"{FIREHOSE.evaluate_prefix(config.get('Prefix', ''), moment)}{name}{extension}"
    if bucket not in S3.buckets or not role_may(
        str(config["RoleARN"]), "s3:PutObject", f"arn:aws:s3:::{bucket}/{path}"
    ):
        _log.warning("not delivered, tried again later: %s has no access to the bucket %s", stream["name"], bucket)
        with _lock:
            again = _buffers.setdefault(key, _Buffer())
            again.records[:0], again.size = buffer.records, again.size + buffer.size
        _later(_DEFAULT_INTERVAL, key, again, stream, config)
        return
    body = b"".join(buffer.records)
    FIREHOSE.put_s3_object(bucket, path, gzip.compress(body) if compression == "GZIP" else body)
