"""A real redis-server for tests: started on a free port, stopped, killed and started again."""

import shutil
import socket
import subprocess
import time
from pathlib import Path


class RedisServer:
    """One redis-server whose data lie in the folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._program = shutil.which("redis-server") or ""
        if not self._program:
            raise RuntimeError(
                "redis-server is not installed, and these tests need a real one: apt-get install redis-server"
            )
        self._folder = folder
        self._options = options or ("--appendonly", "yes", "--appendfsync", "always")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            self._program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self._folder),
            "--save",
            "",
        ]
        self._process = subprocess.Popen(
            [*command, *self._options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 15
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 0.5) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(64)[:1] in (b"+", b"-"):
                        return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("redis-server did not answer within 15 s")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
