# SPDX-License-Identifier: Apache-2.0
"""What the CLI tests share: the built programs, temporary folders, running phones. Standard library only."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import unittest

PATIENCE = 30  # seconds that a slow, sanitized program on a busy machine may take for one answer


def program(name):
    """The built program of that name; the build hands its path over in the environment (MTKSIM, MTKFLASH)."""
    return os.environ[name.upper()]


def run(name, *words, **kw):
    """Runs a program to its end; a subprocess.CompletedProcess with text in stdout and stderr."""
    return subprocess.run([program(name), *map(str, words)], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, **kw)


def events(text):
    """The objects of --json output, one a line."""
    return [json.loads(line) for line in text.splitlines()]


class Phone:
    """`mtksim run WORDS` as a context: waits until it is up; .port is what it is ready at."""

    def __init__(self, *words):
        self.process = subprocess.Popen([program('mtksim'), 'run', *map(str, words)], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        line = self.process.stdout.readline()
        if not line.startswith('ready: '):
            self.process.kill()
            raise AssertionError(f'mtksim is not ready: {line!r}, {self.process.communicate()[1]}')
        self.port = line[len('ready: '):].rstrip('\n')
        return self

    def wait_for(self, text):
        """Reads what the phone says until a line has that text."""
        while text not in (line := self.process.stderr.readline()):
            if not line:
                raise AssertionError(f'mtksim ended and never said {text!r}')

    def stop(self, number=signal.SIGTERM):
        """Stops the phone and returns its exit code; .log is what it said."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        """Waits for a phone that ends by itself (--once)."""
        self.rest, self.log = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Host:
    """The host's end of a unix: or tcp: port, byte by byte."""

    def __init__(self, port):
        kind, _, where = port.partition(':')
        if kind == 'unix':
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(where)
        else:
            host, _, number = where.rpartition(':')
            self.socket = socket.create_connection((host, int(number)))
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def ask(self, question, length):
        """Sends bytes and returns that many bytes of answer (fewer if the phone went away)."""
        self.socket.sendall(bytes.fromhex(question))
        return self.read(length)

    def read(self, length):
        answer = b''
        while len(answer) < length:
            piece = self.socket.recv(length - len(answer))
            if not piece:
                break
            answer += piece
        return answer.hex()

    def start_brom(self):
        """The handshake of a BROM; true if the phone answered as one (brom-preloader.md section 3.2)."""
        return [self.ask(q, 1) for q in ('a0', '0a', '50', '05')] == ['5f', 'f5', 'af', 'fa']

    def ended(self):
        """True if the phone's side has ended the connection and nothing more comes."""
        try:
            return self.socket.recv(1) == b''
        except ConnectionResetError:
            return True


class Case(unittest.TestCase):
    """A test with a temporary folder, and with checks that show what a program said when they fail."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='mtk-')
        self.addCleanup(folder.cleanup)
        self.dir = folder.name

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def expect(self, code, name, *words):
        """Runs a program that has to end with that exit code."""
        done = run(name, *words)
        self.assertEqual(done.returncode, code, f'{name} {words}\n{done.stdout}{done.stderr}')
        return done
