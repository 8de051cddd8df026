"""A server that speaks S3, moto's, as a process of its own. It verifies signatures and knows what its users may do."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.session import Session

from tests.servers.processes import free_port, running, server_folder

REGION = "us-east-1"


@dataclass(frozen=True)
class Key:
    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class BucketServer:
    port: int
    admin: Key

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, key: Key) -> Any:
        return Session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
        )


@dataclass(frozen=True)
class BucketPlace:
    """A bucket of the test's own. `reader` may list and read it, but nothing below `closed/`."""

    server: BucketServer
    name: str
    reader: Key

    @cached_property
    def _s3(self) -> Any:
        return self.server.client("s3", self.server.admin)

    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self.name, Key=key, Body=content)

    def keys(self) -> list[str]:
        found = self._s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [each["Key"] for each in found]

    def source(self, **changes: Any) -> dict[str, Any]:
        """For a job."""
        return {
            "kind": "s3",
            "bucket": self.name,
            "endpoint": self.server.url,
            "access_key_id": self.reader.id,
            **changes,
        }

    @property
    def credentials(self) -> dict[str, Any]:
        return {"secret_access_key": self.reader.secret}


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    """One for all tests of a worker."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        server_folder("buckets") as folder,
        running(
            command,
            log=folder / "log",
            answers=lambda: _answers(port),
            environment={
                "PATH": os.defpath,
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",
            },
            as_unprivileged=False,
        ),
    ):
        anybody = BucketServer(port, Key("anybody", "anything"))
        admin = _user(anybody, [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
        httpx.post(f"{anybody.url}/moto-api/reset-auth", content=b"0").raise_for_status()
        yield BucketServer(port, admin)


@pytest.fixture
def bucket(bucket_server: BucketServer) -> BucketPlace:
    name = f"exports-{uuid4().hex[:12]}"
    bucket_server.client("s3", bucket_server.admin).create_bucket(Bucket=name)
    resource = f"arn:aws:s3:::{name}"
    reader = _user(
        bucket_server,
        [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": resource},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{resource}/*"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"{resource}/closed/*"},
        ],
    )
    return BucketPlace(bucket_server, name, reader)


def _user(server: BucketServer, statements: list[dict[str, str]]) -> Key:
    iam, name = server.client("iam", server.admin), f"user-{uuid4().hex[:12]}"
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Key(made["AccessKeyId"], made["SecretAccessKey"])


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/moto-api/").is_success
    except httpx.TransportError:
        return False
