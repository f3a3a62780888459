"""Machines of a team: each has a folder, an identity file, a process group and, if the kernel permits it, a network
namespace. The store and the provider are reached at its loopback addresses, which are forwarded to those of this
machine."""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import threading

from counterparts import Failed

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


class Namespaces:
    """Creates network namespaces, and forwards ports of their loopback interface to the same ports of this machine."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.files, self.servers = [], []
        self.loop = asyncio.new_event_loop()
        # Ignores connections that break off because their process was ended.
        self.loop.set_exception_handler(lambda *_: None)
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def make(self, ports):
        """The path of a new namespace, or None if the kernel does not permit it."""
        made = []
        # A thread can enter a new namespace without the other threads.
        thread = threading.Thread(target=self._make, args=(ports, made))
        thread.start()
        thread.join()
        return made[0] if made else None

    def _make(self, ports, made):
        if self.libc.unshare(CLONE_NEWNET) != 0:
            return
        file = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.files.append(file)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            request = struct.pack("16sh14x", b"lo", 0)
            flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
        for port in ports:
            # A socket belongs to the namespace in which it was created; the forwarded connections are made outside of
            # it.
            listener = socket.create_server(("127.0.0.1", port), backlog=512)
            asyncio.run_coroutine_threadsafe(self._serve(listener, port), self.loop).result(10)
        made.append(f"/proc/{os.getpid()}/fd/{file}")

    async def _serve(self, listener, port):
        async def joined(reader, writer):
            with contextlib.suppress(OSError):
                onward = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(self._pump(reader, onward[1]), self._pump(onward[0], writer))
        self.servers.append(await asyncio.start_server(joined, sock=listener))

    @staticmethod
    async def _pump(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        for file in self.files:
            os.close(file)

    async def _end(self):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Machine:
    """A machine whose commands can be killed together."""

    def __init__(self, name, folder, command, environment, namespace):
        self.name, self.environment = name, environment
        self.entered = ["nsenter", f"--net={namespace}"] if namespace else []
        self.command_line = [*self.entered, *command, "--dir", str(folder), "--no-input",
                             "--identity-file", str(folder / "machine.key")]
        self.lock = threading.Lock()
        # Commands that were started since the last boot and whose results were not collected yet: PIDs and credential
        # names.
        self.running = {}
        self.leader = None
        self.boot()

    def boot(self):
        self.leader = subprocess.Popen(["sleep", "infinity"], process_group=0)

    def start(self, name, *arguments):
        with self.lock:
            process = subprocess.Popen([*self.command_line, "token", name, *arguments], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
                                       process_group=self.leader.pid)
            self.running[process.pid] = name
            return process

    def token(self, name, *arguments, patience=120):
        """The exit code, the token, and the error output."""
        return self.end(self.start(name, *arguments), patience)

    def end(self, process, patience=120):
        try:
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"a token of {self.name} took longer than {patience} s: {process.communicate()[1]}") from None
        with self.lock:
            self.running.pop(process.pid, None)
        return process.returncode, output.strip(), errors.strip()

    def kill(self, while_down=lambda: None):
        """Kills everything that runs on the machine and boots it again. Returns the commands that were running, and what
        `while_down` found before the next command of the machine began."""
        with self.lock:
            os.killpg(self.leader.pid, signal.SIGKILL)
            self.leader.wait()
            died, self.running = self.running, {}
            found = while_down()
            self.boot()
        return died, found

    def close(self):
        with self.lock:
            os.killpg(self.leader.pid, signal.SIGKILL)
            self.leader.wait()
