"""A delivery stream and its bucket on the local AWS, and the objects in there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.local.resources import new_role, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws


def new_bucket(aws: LocalAws) -> str:
    name = unique("lake")
    aws.client("s3").create_bucket(Bucket=name)
    return name


def new_stream(aws: LocalAws, bucket: str, *, name: str = "", may: str = "s3:PutObject", **settings: Any) -> str:
    """Make a delivery stream to a bucket; it buffers for a minute, which is 0.6 s here."""
    allowed = {"Effect": "Allow", "Action": may, "Resource": f"arn:aws:s3:::{bucket}/*"}
    destination = {
        "RoleARN": new_role(aws, "firehose.amazonaws.com", allowed),
        "BucketARN": f"arn:aws:s3:::{bucket}",
        "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 1},
        **settings,
    }
    arn: str = aws.client("firehose").create_delivery_stream(
        DeliveryStreamName=name or unique("stream"), ExtendedS3DestinationConfiguration=destination
    )["DeliveryStreamARN"]
    return arn


def objects(aws: LocalAws, bucket: str) -> dict[str, bytes]:
    s3 = aws.client("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
