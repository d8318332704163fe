# SPDX-License-Identifier: MIT
"""A terminal with a shell on it, for terminal.bats: what is typed, what appears, how it is left."""

import fcntl, os, pty, re, select, signal, struct, sys, termios, time

SANDBOX, BWRAP = os.environ["SANDBOX"], os.environ["BWRAP"]
LIVE = "$| = 1; print qq(up\\n); sleep 60"
# Says that it is up, and lives on: not a shell, which may lose a Ctrl-C between two commands.
UP = f"perl -e '{LIVE}'"


class Terminal:
    """With an interactive shell, whose prompt is "host:", or the command given."""

    def __init__(self, *command):
        self.text, self.at = "", 0
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ["TERM"] = "dumb"
            command = command or ("bash", "--norc", "--noprofile", "--noediting")
            os.execvp(command[0], command)
        self.size(24, 80)
        if len(command) == 0:
            self.type("PS1=ho''st:")
            self.want("host:")

    def size(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def has_size(self):
        return struct.unpack("4H", fcntl.ioctl(self.fd, termios.TIOCGWINSZ, bytes(8)))[:2]

    def settings(self):
        return termios.tcgetattr(self.fd)

    def raw(self):
        return not self.settings()[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def type(self, line):
        self.send(line + "\r")

    def read(self, seconds):
        """Whether something came; None at the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self.fd, 65536)
        except OSError:
            return None
        self.text += got.decode(errors="replace")
        return True

    def want(self, pattern, seconds=15):
        """Past the next place where this appears, which is within the last screens."""
        end = time.time() + seconds
        while True:
            start = max(self.at, len(self.text) - 5000)
            found = re.search(pattern.replace("\n", "\r*\n"), self.text[start:])
            if found:
                self.at = start + found.end()
                return found
            if self.read(0.2) is None or time.time() > end:
                fail(f"waited in vain for {pattern!r} in {self.text[-2000:]!r}")

    def never(self, pattern, seconds=1):
        end = time.time() + seconds
        while time.time() < end and self.read(0.1) is not None:
            pass
        if re.search(pattern.replace("\n", "\r*\n"), self.text[self.at:]):
            fail(f"{pattern!r} came: {self.text[-2000:]!r}")

    def run(self, line, seconds=15):
        """The line's output and exit status."""
        start = self.at
        self.type(line + "; echo code'='$?")
        code = self.want("code=([0-9]+)\nhost:", seconds)
        text = self.text[start:self.at - len(code[0])]
        return text[text.index("\n") + 1:].replace("\r\n", "\n"), int(code[1])

    def until(self, condition, what, seconds=15):
        end = time.time() + seconds
        while not condition():
            self.read(0.05)
            if time.time() > end:
                fail(f"never: {what}; {self.text[-2000:]!r}")

    def wait(self):
        while self.read(15):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def fail(why):
    sys.exit(why)


def same(got, wanted):
    if got != wanted:
        fail(f"{got!r}, not {wanted!r}")
