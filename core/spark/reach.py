"""What a session of our own needs to reach an object store: jars by the scheme, and options from the environment, as delta-rs has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ..errors import RunError

HADOOP: Final = "3.5.0"
"""The version of Hadoop that Spark brings."""
_JARS: Final = {"s3": "hadoop-aws", "s3a": "hadoop-aws", "abfs": "hadoop-azure", "abfss": "hadoop-azure", "az": "hadoop-azure"}
_S3A: Final = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_AZURE: Final = "fs.azure.account"
_WHOLE: Final = "abfss://container@account.dfs.core.windows.net/folder"
_GCS: Final = {
    "fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
    "fs.AbstractFileSystem.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
}


def packages(url: str) -> list[str]:
    """Maven coordinates of what Spark lacks for a URL; none for one that it knows, or whose jars its user names."""
    name = _JARS.get(urlsplit(url).scheme)
    return [f"org.apache.hadoop:{name}:{HADOOP}"] if name is not None else []


def spelled(url: str, environ: Mapping[str, str]) -> str:
    """A URL as Spark takes it: with the account of Azure. Raises RunError where neither the URL nor the environment names one."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("az", "abfs", "abfss") or "@" in rest:
        return url
    account = environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")
    if not account:
        raise RunError(f"{url} names no account: set AZURE_STORAGE_ACCOUNT_NAME, or write {_WHOLE}")
    container, _, path = rest.partition("/")
    return f"abfss://{container}@{account}.dfs.core.windows.net/{path}".rstrip("/")


def options(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Options of Hadoop's file systems for a URL; there are secrets among them."""
    scheme = urlsplit(url).scheme
    if scheme in ("s3", "s3a"):
        return _of_s3(environ)
    if scheme in ("abfs", "abfss"):
        return _of_azure(url, environ)
    return (
        {**_GCS, **_given(environ, {"GOOGLE_APPLICATION_CREDENTIALS": "fs.gs.auth.service.account.json.keyfile"})} if scheme == "gs" else {}
    )


def _given(environ: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {option: environ[name] for name, option in names.items() if environ.get(name)}


def _of_s3(environ: Mapping[str, str]) -> dict[str, str]:
    out = {"fs.s3.impl": _S3A} | _given(
        environ,
        {
            "AWS_ACCESS_KEY_ID": "fs.s3a.access.key",
            "AWS_SECRET_ACCESS_KEY": "fs.s3a.secret.key",
            "AWS_SESSION_TOKEN": "fs.s3a.session.token",
            "AWS_DEFAULT_REGION": "fs.s3a.endpoint.region",
            "AWS_REGION": "fs.s3a.endpoint.region",
            "AWS_ENDPOINT_URL": "fs.s3a.endpoint",
            "AWS_ENDPOINT_URL_S3": "fs.s3a.endpoint",
        },
    )
    if "fs.s3a.session.token" in out:
        out["fs.s3a.aws.credentials.provider"] = "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
    if "fs.s3a.endpoint" in out:
        out["fs.s3a.path.style.access"] = "true"
    return out


def _of_azure(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    host = urlsplit(url).netloc.rpartition("@")[2]
    key = environ.get("AZURE_STORAGE_ACCOUNT_KEY")
    if key:
        return {f"{_AZURE}.key.{host}": key}
    token = environ.get("AZURE_STORAGE_SAS_TOKEN") or environ.get("AZURE_STORAGE_SAS_KEY")
    if token:
        return {f"{_AZURE}.auth.type.{host}": "SAS", f"fs.azure.sas.fixed.token.{host}": token}
    client = tuple(environ.get(f"AZURE_CLIENT_{name}") or environ.get(f"AZURE_STORAGE_CLIENT_{name}") or "" for name in ("ID", "SECRET"))
    tenant = environ.get("AZURE_TENANT_ID") or environ.get("AZURE_STORAGE_TENANT_ID")
    if not all(client) or not tenant:
        return {}
    return {
        f"{_AZURE}.auth.type.{host}": "OAuth",
        f"{_AZURE}.oauth.provider.type.{host}": "org.apache.hadoop.fs.azurebfs.oauth2.ClientCredsTokenProvider",
        f"{_AZURE}.oauth2.client.id.{host}": client[0],
        f"{_AZURE}.oauth2.client.secret.{host}": client[1],
        f"{_AZURE}.oauth2.client.endpoint.{host}": f"https://login.microsoftonline.com/{tenant}/oauth2/token",
    }
