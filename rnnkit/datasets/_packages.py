"""Data files inside installed distributions: found without importing them, checked before they are read."""

import hashlib
import importlib.metadata
from pathlib import Path


def package_file(distribution: str, version: str, path: str, sha256: str) -> Path:
    """Find a data file of an installed distribution and check its content.

    The distribution's own code is never imported: only its list of files is read.

    Args:
        distribution: name as on the package index, for example "seglearn".
        version: the version that holds the expected file, for the messages.
        path: the file's path inside the distribution, with forward slashes.
        sha256: the expected content's SHA-256, 64 hexadecimal digits.

    Returns:
        Absolute path of the file.

    Raises:
        FileNotFoundError: the distribution, or the file in it, is not there.
        ValueError: the file's content is not the expected one.
    """
    remedy = "Run `rnnkit fetch`."
    try:
        installed = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        raise FileNotFoundError(
            f"data package {distribution}=={version}: expected it in this environment, received "
            f"nothing: it is not installed. {remedy}"
        ) from None
    file = Path(str(installed.locate_file(path))).resolve()
    if not file.is_file():
        raise FileNotFoundError(
            f"data package {distribution}=={version}: expected the file {path}, which version "
            f"{installed.version} that is installed does not have. {remedy}"
        )
    received = hashlib.sha256(file.read_bytes()).hexdigest()
    if received != sha256.lower():
        raise ValueError(
            f"{file} (data package {distribution}=={version}, installed: {installed.version}): expected "
            f"sha256 {sha256.lower()}, received {received}; the file is another version or damaged. "
            f"Reinstall it: {remedy}"
        )
    return file
