"""Firehose as a target: records wait in a buffer, and an object in S3 holds many of them."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.local.lake import new_bucket, new_stream, objects
from tests.local.resources import Bus, Queue, new_role

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

NEW_LINE: dict[str, Any] = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]}
REAL_NEW_LINE: dict[str, Any] = {
    "Type": "AppendDelimiterToRecord",
    "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\n"}],
}


@pytest.fixture
def bucket(aws: LocalAws) -> str:
    return new_bucket(aws)


def put(aws: LocalAws, stream: str, *records: str) -> None:
    listed = [{"Data": record.encode()} for record in records]
    aws.client("firehose").put_record_batch(DeliveryStreamName=stream.rpartition("/")[2], Records=listed)


def test_records_of_a_while_are_one_object_with_nothing_between_them(aws: LocalAws, bucket: str) -> None:
    stream = new_stream(aws, bucket)
    put(aws, stream, '{"n":1}', '{"n":2}')
    put(aws, stream, '{"n":3}')
    [(key, body)] = eventually(lambda: objects(aws, bucket)).items()
    assert body == b'{"n":1}{"n":2}{"n":3}'
    name = stream.rpartition("/")[2]
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/\d\d/{name}-1-\d{{4}}(-\d\d){{5}}-[0-9a-f-]{{36}}", key)


@pytest.mark.parametrize(
    ("parameters", "between"),
    [([], b"\n"), ([("Delimiter", "\\n")], b"\n"), ([("Delimiter", "||")], b"||")],
)
def test_a_delimiter_follows_each_record(
    aws: LocalAws, bucket: str, parameters: list[tuple[str, str]], between: bytes
) -> None:
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters]
    processors = [{"Type": "AppendDelimiterToRecord", "Parameters": listed}]
    hints = {"IntervalInSeconds": 0, "SizeInMBs": 1}
    stream = new_stream(
        aws, bucket, ProcessingConfiguration={"Enabled": True, "Processors": processors}, BufferingHints=hints
    )
    put(aws, stream, "a")
    [body] = eventually(lambda: objects(aws, bucket)).values()
    assert body == b"a" + between


def test_an_object_can_be_compressed_and_is_in_the_folder_of_its_day(aws: LocalAws, bucket: str) -> None:
    stream = new_stream(
        aws,
        bucket,
        CompressionFormat="GZIP",
        ProcessingConfiguration=NEW_LINE,
        Prefix="metering/day=!{timestamp:yyyy-MM-dd}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
    )
    put(aws, stream, "a", "b")
    [(key, body)] = eventually(lambda: objects(aws, bucket)).items()
    assert re.fullmatch(r"metering/day=\d{4}-\d\d-\d\d/[^/]+\.gz", key)
    assert gzip.decompress(body) == b"a\nb\n"


def test_a_full_buffer_does_not_wait(aws: LocalAws, bucket: str) -> None:
    stream = new_stream(aws, bucket, BufferingHints={"IntervalInSeconds": 900, "SizeInMBs": 1})
    put(aws, stream, *["x" * 300_000] * 3)
    assert objects(aws, bucket) == {}
    put(aws, stream, *["y" * 300_000] * 2)
    [body] = eventually(lambda: objects(aws, bucket)).values()
    assert len(body) == 1_200_000


def test_what_the_role_may_not_write_waits_until_it_may(aws: LocalAws, bucket: str) -> None:
    stream = new_stream(aws, bucket, may="s3:GetObject", BufferingHints={"IntervalInSeconds": 0, "SizeInMBs": 1})
    put(aws, stream, "a")
    eventually(lambda: "has no access to the bucket" in aws.log_tail())
    assert objects(aws, bucket) == {}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"BufferingHints": {"IntervalInSeconds": 901, "SizeInMBs": 1}}, "intervalInSeconds|IntervalInSeconds"),
        ({"BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 129}}, "SizeInMBs"),
        ({"CompressionFormat": "gzip"}, "CompressionFormat"),
        ({"ProcessingConfiguration": {**NEW_LINE, "Processors": [REAL_NEW_LINE]}}, "ParameterValue"),
        ({"Prefix": "day=!{timestamp:dd}/"}, "ErrorOutputPrefix cannot be null"),
        ({"ErrorOutputPrefix": "!{timestamp:dd}/"}, "error-output-type"),
        (
            {"Prefix": "!{partitionKeyFromQuery:tenant}/", "ErrorOutputPrefix": "!{firehose:error-output-type}/"},
            "dynamic partitioning is not enabled",
        ),
        ({"RoleARN": "arn:aws:iam::000000000000:role/nobody"}, "unable to assume role"),
    ],
)
def test_a_stream_that_aws_refuses_is_refused(aws: LocalAws, bucket: str, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientError, match=rf"(?s)InvalidArgumentException.*({why})"):
        new_stream(aws, bucket, **settings)


def test_a_rule_delivers_an_event_as_a_record_of_its_own(aws: LocalAws, bus: Bus, bucket: str) -> None:
    stream = new_stream(aws, bucket, ProcessingConfiguration=NEW_LINE)
    put_record = {"Effect": "Allow", "Action": "firehose:PutRecord", "Resource": stream}
    bus.route(stream, RoleArn=new_role(aws, "events.amazonaws.com", put_record))
    ids = {bus.send(n=1), bus.send(n=2)}
    [body] = eventually(lambda: objects(aws, bucket)).values()
    assert {json.loads(line)["id"] for line in body.splitlines()} == ids


def test_a_rule_needs_a_role_that_may_put_a_record(aws: LocalAws, bus: Bus, bucket: str, dead_letters: Queue) -> None:
    stream = new_stream(aws, bucket)
    with pytest.raises(ClientError, match="RoleArn is required"):
        bus.route(stream)
    letters: dict[str, Any] = {"DeadLetterConfig": {"Arn": dead_letters.arn}}
    powerless = new_role(aws, "events.amazonaws.com")
    for arn, code in ((stream, "NO_PERMISSIONS"), (f"{stream}-gone", "NO_RESOURCE")):
        bus.route(arn, RoleArn=powerless, **letters)
        bus.send(n=1)
        assert dead_letters.attributes()["ERROR_CODE"] == code
