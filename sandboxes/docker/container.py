"""One container with a supervisor in it: how it is locked down, and the byte stream to it.

Attached stdin and stdout are the only way in or out: nothing is mounted, so it makes no difference
whether the engine is rootless, remote, or in a virtual machine. When we go away, however that happens,
the engine closes the container's stdin; its supervisor then exits, and the engine removes it.
"""

from __future__ import annotations

import json
import random
import ssl
import struct
from pathlib import Path
from typing import Any

from rlvr.errors import SandboxUnavailable
from rlvr.sandboxes._host.link import SlotLost
from rlvr.sandboxes._host.slot import Shape
from rlvr.sandboxes.docker.engine import calling

OWNER_LABEL = "rlvr.owner"
ROLE_LABEL = "rlvr.role"
PROFILE = Path(__file__).with_name("seccomp.json")
#: For the supervisor and the page tables of the sample, beyond what the sample may use.
_OWN_MEMORY = 16 * 2**20
_TMP_BYTES = 4 * 2**20
_INODES = 1024
#: Below the size from which the allocator maps and unmaps memory for each read.
_READ_BYTES = 64 * 1024
_BOOT = "import sys; sys.path[0] = '/opt/rlvr'; from _guest.supervisor import main; main(sys.argv[1])"
_ENVIRONMENT = {
    "HOME": "/box",
    "TMPDIR": "/tmp",
    "PYTHONHASHSEED": "0",  # sets are in the same order for every sample
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1",  # the supervisor must not have threads when it forks
    "OMP_NUM_THREADS": "1",
}
#: A range every user namespace maps. Random, because some limits count a user's processes on the whole
#: host: two containers with one user would eat each other's.
_UIDS = range(20_000, 60_000)


def open_link(client: Any, image: str, shape: Shape, labels: dict[str, str], runtime: str | None) -> DockerLink:
    """Start a container and attach to its supervisor. Raises SandboxUnavailable."""
    uid = random.SystemRandom().choice(_UIDS)
    settings = {"uid": uid, "folders": ["/box", "/tmp"], "contained": True}
    with calling("start a sandbox container"):
        created = client.create_container(
            image,
            command=[json.dumps(settings)],
            entrypoint=["python3", "-s", "-c", _BOOT],
            stdin_open=True,
            user="0:0",
            working_dir="/box",
            hostname="sandbox",
            environment=_ENVIRONMENT,
            labels=labels,
            host_config=client.create_host_config(**lockdown(shape), runtime=runtime),
        )
        identity = str(created["Id"])
        try:
            streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            sock = client.attach_socket(identity, params=streams)
            client.start(identity)
        except Exception:
            remove(client, identity)
            raise
    return DockerLink(client, identity, sock)


def lockdown(shape: Shape) -> dict[str, Any]:
    """The host configuration of every sandbox container."""
    memory = shape.memory_bytes + _OWN_MEMORY
    return {
        "network_mode": "none",
        "read_only": True,
        "ipc_mode": "none",
        "cap_drop": ["ALL"],
        # For the supervisor alone: to give up its user id in a child, and to kill what it started.
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "security_opt": ["no-new-privileges", f"seccomp={PROFILE.read_text()}"],
        "mem_limit": memory,
        "memswap_limit": memory,
        # One for the supervisor, one for the process that wipes.
        "pids_limit": shape.processes + 2,
        "nano_cpus": 10**9,
        "log_config": {"type": "none"},
        "tmpfs": {
            "/box": f"size={shape.file_bytes},nr_inodes={_INODES},mode=1777,nosuid,nodev",
            "/tmp": f"size={min(_TMP_BYTES, shape.file_bytes)},nr_inodes={_INODES},mode=1777,nosuid,nodev,noexec",
        },
        "auto_remove": True,
    }


class DockerLink:
    """The attached streams of one container."""

    def __init__(self, client: Any, identity: str, sock: Any) -> None:
        self.client = client
        self.identity = identity
        self._holder = sock  # keeps the connection's response alive
        self._sock = getattr(sock, "_sock", sock)
        self._sock.setblocking(False)
        self.read_fd = self.write_fd = self._sock.fileno()
        self._raw = bytearray()
        #: The last the supervisor wrote to its error output: why it died, should it die.
        self.last_words = b""

    def receive(self) -> bytes:
        """The supervisor's bytes that have arrived."""
        ended, more = False, True
        while more:
            try:
                data = self._sock.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError as error:
                raise SlotLost(f"the connection to a container broke: {error}") from None
            if not data:
                ended = True
                break
            self._raw += data
            # What TLS has decrypted already, no poll would tell of; else a short read was all there is.
            more = len(data) == _READ_BYTES or isinstance(self._sock, ssl.SSLSocket)
        unpacked = self._unpack()
        if ended and not unpacked:
            words = self.last_words.decode("utf-8", "backslashreplace").strip()
            raise SlotLost(f"a container ended{': ' + words if words else ''}")
        return unpacked

    def _unpack(self) -> bytes:
        """Undo the engine's interleaving of stdout and stderr: kind byte, three zeros, length, bytes."""
        found, start = bytearray(), 0
        while len(self._raw) - start >= _MULTIPLEX.size:
            kind, length = _MULTIPLEX.unpack_from(self._raw, start)
            end = start + _MULTIPLEX.size + length
            if len(self._raw) < end:
                break
            body = self._raw[start + _MULTIPLEX.size : end]
            if kind == _STDOUT:
                found += body
            else:
                self.last_words = bytes((self.last_words + body)[-500:])
            start = end
        del self._raw[:start]
        return bytes(found)

    def send(self, data: memoryview) -> int:
        """How many bytes the engine took."""
        try:
            return int(self._sock.send(data))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        except OSError as error:
            raise SlotLost(f"the connection to a container broke: {error}") from None

    def close(self) -> None:
        """Hang up, and remove the container if it has not removed itself."""
        self._sock.close()
        self._holder.close()
        try:
            with calling("remove a container"):
                remove(self.client, self.identity)
        except SandboxUnavailable:
            pass  # the engine is away: it removes the container itself, or our next start does
        self.client.close()


_MULTIPLEX = struct.Struct(">BxxxI")
_STDOUT = 1


def remove(client: Any, identity: str) -> None:
    """Remove a container, running or not, unless that is done or under way."""
    import docker.errors

    try:
        client.remove_container(identity, force=True)
    except docker.errors.APIError as error:
        if error.status_code not in (404, 409):
            raise
