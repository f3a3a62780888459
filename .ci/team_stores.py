"""The store of a team's vault as tests access it: its address, its credentials, and the leases in it."""

import datetime
import json
import os
import re
import subprocess
import time
import urllib.request
import xml.etree.ElementTree


class Database:
    """A vault in a schema of a local PostgreSQL that requires a password."""

    def __init__(self, variables, schema):
        named = variables["CREDENZA_TEST_POSTGRES"]
        self.user, server, self.database = re.fullmatch(r"(.*)@(.*)/(.*)", named).groups()
        self.host, self.port = server.split(":")
        self.schema, self.table = schema, f"{schema}.credenza_objects"
        self.address = f"postgres://{named}?schema={schema}"
        self.ports = [int(self.port)]
        self.environment = {"PGPASSFILE": variables["CREDENZA_TEST_PGPASSFILE"]}
        self.sql(f"CREATE SCHEMA {schema}")

    def sql(self, text):
        command = ["psql", "-h", self.host, "-p", self.port, "-U", self.user, "-d", self.database, "-qAtX",
                   "-v", "ON_ERROR_STOP=1", "-c", text]
        ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **self.environment})
        if ran.returncode:
            raise RuntimeError(f"psql: {ran.stderr.strip()}")
        return ran.stdout

    def leases(self):
        """All leases as their holders have written them; they are not encrypted."""
        rows = self.sql(f"SELECT encode(body, 'hex') FROM {self.table} WHERE path LIKE 'lease/%'").split()
        return [lease_of(bytes.fromhex(row)) for row in rows]


class Bucket:
    """A vault in a bucket of moto, which accepts any signature."""

    def __init__(self, endpoint, bucket, prefix):
        self.endpoint, self.bucket, self.prefix = endpoint, bucket, prefix
        self.address = f"s3://{bucket}/{prefix}?endpoint={endpoint}&region=us-east-1"
        self.ports = [int(endpoint.rsplit(":", 1)[1])]
        self.environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}

    def get(self, path):
        # moto only checks that there is a signature, not its value.
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
                  "Signature=0"}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(f"{self.endpoint}/{self.bucket}{path}", headers=signed), timeout=30) as answer:
            return answer.read()

    def leases(self):
        listed = xml.etree.ElementTree.fromstring(self.get(f"?list-type=2&prefix={self.prefix}/lease/"))
        keys = [element.text for element in listed.iter() if element.tag.endswith("}Key")]
        return [lease_of(self.get(f"/{key}")) for key in keys]


def wait_for_leases(store, patience=120):
    """Waits until all leases have expired, by the clock of this machine, which is also that of the store."""
    end = time.monotonic() + patience
    while True:
        now = datetime.datetime.now(datetime.timezone.utc)
        ends = [datetime.datetime.fromisoformat(lease["until"].replace("Z", "+00:00"))
                for lease in store.leases() if lease["state"] != "free"]
        if all(until < now for until in ends):
            return
        if time.monotonic() > end:
            raise RuntimeError(f"a lease lasts longer than {patience} s")
        time.sleep(1)


def lease_of(body):
    """The path of a lease, and the contents that its holder has written."""
    header, words = body.split(b"\n", 1)
    return {"path": json.loads(header)["path"], **json.loads(words)}
