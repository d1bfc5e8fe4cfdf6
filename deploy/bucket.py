"""Make the bucket that the environment names, where there is none yet."""

import os
import time

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
)

client = boto3.client(
    "s3",
    endpoint_url=os.environ.get("AWS_S3_ENDPOINT_URL") or None,
    region_name=os.environ.get("AWS_S3_REGION_NAME") or None,
)
bucket = os.environ["AWS_STORAGE_BUCKET_NAME"]
for left in range(30, -1, -1):
    try:
        if bucket not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
        break
    except (BotoCoreError, ClientError):
        # The server may be starting.
        if not left:
            raise
        time.sleep(2)
