# SPDX-License-Identifier: MIT
"""Runs one hostile act at a time: with no sandbox, where the bait must be taken, and in one, where it must not.

Whether it was is decided outside: by a random canary that came out, by a file, a listener, a process or another
state of the host afterwards. What the hostile command says of itself counts for nothing, but that it has to say that
it ran: a sandbox that did not start holds nothing.
"""
import errno, fcntl, os, pty, re, secrets, select, shutil, signal, socket, stat, struct, subprocess, sys, tempfile, termios, threading, time

ROOT = os.geteuid() == 0
HERE = os.path.dirname(os.path.abspath(__file__))


class DidNotRun(Exception):
    """The hostile command never came to its end: no verdict."""


class Cannot(Exception):
    """The machine lacks what the bait is made of, or keeps everybody from it: the reason, by name."""


class Attack:
    def __init__(self, act, number, group, name, opened_by, machine, slow, documented):
        self.act, self.number, self.group, self.name = act, number, group, name
        self.opened_by, self.machine, self.slow, self.documented = opened_by, machine, slow, documented


TABLE = []


def attack(number, group, name, opened_by=(), machine=None, slow=False, documented=''):
    """A row of the table: its function lays bait, runs the hostile command, and returns whether the bait was taken.

    opened_by: options by each of which alone the bait may be taken, and is.
    machine: says why this machine itself holds the attack, where the control finds that it does.
    slow: not tried once more with each option.
    documented: the manual's words for that the sandbox does not hold it.
    """
    def add(act):
        TABLE.append(Attack(act, number, group, name, [opened_by] if isinstance(opened_by, str) else list(opened_by), machine, slow, documented))
        return act
    return add


def sysctl(name):
    try:
        with open('/proc/sys/' + name) as file:
            return file.read().strip()
    except OSError:
        return ''


def only_root(what):
    return lambda: None if ROOT else 'only root may ' + what


KEPT = 77 # the descriptor that --keep-fd grants


def keep_open(fd=None):
    """What the granted descriptor holds: nothing, unless an attack says so."""
    null = os.open('/dev/null', os.O_RDONLY) if fd is None else fd
    os.dup2(null, KEPT, False)
    if fd is None:
        os.close(null)


class Tools:
    """How a command is wrapped, by name: functions from a scene to words."""

    def __init__(self, program):
        self.program = program
        self.named = {
            'none': lambda s: [],
            'sandbox': lambda s: [s.program],
            'sandbox-walking': lambda s: [s.helper, 'refuse', '437', s.program], # openat2
            'bwrap': lambda s: [s.program.replace('sandbox', 'bwrap'), *self.usual(s)],
            'bwrap-usual': lambda s: ['bwrap', *self.usual(s)],
            'bwrap-hard': lambda s: ['bwrap', *self.hard(s)],
            'unshare': lambda s: ['unshare', '-Urmpinu', '-f', '--mount-proc'],
            'firejail': lambda s: ['firejail', '--quiet', '--noprofile', f'--whitelist={s.work}', '--net=none', '--caps.drop=all', '--seccomp',
                                   '--nonewprivs', '--private-dev', '--'],
        }

    @staticmethod
    def usual(s):
        return ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--bind', s.work, s.work, '--chdir', s.work,
                '--unshare-all', '--die-with-parent']

    @staticmethod
    def hard(s):
        system = [word for path in ('/usr', '/etc/alternatives', '/etc/ld.so.cache', '/etc/passwd', '/etc/group') for word in ('--ro-bind-try', path, path)]
        links = [word for name in ('bin', 'sbin', 'lib', 'lib64') for word in ('--symlink', 'usr/' + name, '/' + name)]
        return [*system, *links, '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp', '--tmpfs', '/run', '--dir', s.home,
                '--bind', s.work, s.work, '--chdir', s.work, '--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent',
                '--new-session', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'HOME', s.home, '--cap-drop', 'ALL', '--hostname', 'box']


def soon(condition, seconds=0.5):
    """Whether it comes true within a while: others may keep the processor from whoever makes it so."""
    end = time.time() + seconds
    while not (true := condition()) and time.time() < end:
        time.sleep(0.01)
    return true


def processes():
    """Parents by process."""
    parents = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open(f'/proc/{entry}/stat') as file:
                    parents[int(entry)] = int(file.read().rsplit(')', 1)[1].split()[1])
            except OSError:
                pass
    return parents


def descendants(pid):
    found, children = [pid], {}
    for child, parent in processes().items():
        children.setdefault(parent, []).append(child)
    for known in found:
        found += children.get(known, [])
    return found


def status_of(pid, field):
    try:
        with open(f'/proc/{pid}/status') as file:
            return next((row.split(':', 1)[1].strip() for row in file if row.startswith(field + ':')), '')
    except OSError:
        return ''


class Result:
    def __init__(self, out, err, code):
        self.out, self.err, self.code = out, err, code


class Scene:
    """What one run of an attack has: directories, a canary, bait, and a way to run the hostile command."""

    def __init__(self, tools, tool, options, base, helper):
        self.tools, self.tool = tools, tool
        self.control = tool == 'none'
        self.near = '' if self.control else 'near' # without a sandbox the first processes are the machine's own
        self.canary, self.marker = secrets.token_hex(12), 'ran-' + secrets.token_hex(6)
        self.sleep = f'sleep 60.{secrets.randbelow(10**9):09}'
        self.undo = []
        self.dir = tempfile.mkdtemp(dir=base)
        os.chmod(self.dir, 0o755)
        self.tree = os.path.join(self.dir, 'tree')
        self.home, self.outside, self.granted = (os.path.join(self.dir, name) for name in ('home', 'outside', 'granted'))
        self.work = os.path.join(self.home, 'work')
        for path in (self.home, self.work, self.outside, self.granted, os.path.join(self.dir, 'bin')):
            os.mkdir(path, 0o755)
        self.program = os.path.join(self.dir, 'bin', 'sandbox')
        for name in ('sandbox', 'bwrap'):
            os.link(os.path.join(base, 'bin', name), os.path.join(self.dir, 'bin', name))
        os.link(helper, os.path.join(self.work, 'attack'))
        self.helper = helper
        self.options = [word.replace('{granted}', self.granted).replace('{tree}', self.tree) for word in options.split()]
        if self.tree in self.options:
            self.grow_tree()
        self.shell = os.path.basename(os.path.realpath('/bin/sh'))
        self.pid = 0
        self.errors = b''

    def grow_tree(self):
        """The root of another system, which has nothing of its own yet."""
        for name in ('usr', 'etc', 'opt'):
            os.makedirs(os.path.join(self.tree, name))
        for name in ('bin', 'sbin', 'lib', 'lib64'):
            os.symlink('usr/' + name, os.path.join(self.tree, name))

    def close(self):
        for act in reversed(self.undo):
            try:
                act()
            except OSError:
                pass
        shutil.rmtree(self.dir, ignore_errors=True)

    # Bait.

    def file(self, path, text=None, mode=0o644):
        """A file that holds the canary; where it lies outside the scene it is removed in the end."""
        path = os.path.join(self.dir, path)
        parent = os.path.dirname(path)
        if not os.path.isdir(parent):
            os.makedirs(parent)
            self.undo.append(lambda: os.rmdir(parent))
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise Cannot(f'no file can be made at {path}: {error.strerror}')
        os.write(fd, (self.canary if text is None else text).encode())
        os.fchmod(fd, mode)
        os.close(fd)
        self.undo.append(lambda: os.unlink(path))
        return path

    def spawn(self, *words, ready=False, **kw):
        """A process that is bait; killed in the end."""
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE if ready else subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.environment({}), **kw)
        def end():
            process.stdin.close()
            try:
                process.wait(0.5 if ready else 0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.undo.append(end)
        if ready and process.stdout.readline() != b'ready\n':
            raise Cannot(f'{words[1]} cannot be made here')
        return process

    def listen(self, family, address, kind=socket.SOCK_STREAM):
        """A service that gives the canary to whoever comes; returns a function that says whether somebody came."""
        server = socket.socket(family, kind)
        server.bind(address)
        if family == socket.AF_INET:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect(server.getsockname())
        came = []
        def serve():
            try:
                while True:
                    if kind == socket.SOCK_DGRAM:
                        came.append(server.recv(64))
                    else:
                        client = server.accept()[0]
                        came.append(1)
                        client.sendall(self.canary.encode())
                        client.close()
            except OSError:
                pass
        if kind != socket.SOCK_DGRAM:
            server.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        def end():
            server.shutdown(socket.SHUT_RDWR) if kind != socket.SOCK_DGRAM else None
            server.close()
        self.undo.append(end)
        if family == socket.AF_UNIX and not address.startswith('\0'):
            self.undo.append(lambda: os.unlink(address))
        self.address = server.getsockname()
        return lambda: soon(lambda: bool(came), 0.2)

    # Runs.

    def environment(self, more):
        kept = {name: os.environ[name] for name in ('PATH', 'LANG', 'LC_ALL', 'TMPDIR') if name in os.environ}
        return {**kept, 'HOME': self.home, 'TERM': 'dumb', **more}

    def words(self, script, argv, options, wrap):
        prefix = self.tools.named[self.tool](self)
        if not self.control:
            prefix = prefix[:1] + [*self.options, *options] + prefix[1:] if self.tool == 'firejail' else prefix + [*self.options, *options]
        if argv is None:
            argv = ['sh', '-c', script + '\necho "$0"', self.marker]
        return [*wrap, *prefix, *argv]

    def finish(self, out, err, code, ran):
        self.errors = err
        if ran and self.marker.encode() not in out and b'ready\n' not in out:
            raise DidNotRun(f'exit {code}: ' + (err or out).decode(errors='replace').strip()[-300:])
        return Result(out, err, code)

    def run(self, script='', argv=None, look=None, env=None, cwd=None, options=(), wrap=(), fds=(), stdin=None, stdout=None, ran=True, timeout=20, setup=None, same_session=False):
        """The hostile script, a shell's, or argv, to its end. look is called when it has said "ready"."""
        words = self.words(script, argv, options, wrap)
        process = subprocess.Popen(words, stdin=subprocess.PIPE if look else stdin or subprocess.DEVNULL,
                                   stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(env or {}), cwd=cwd or self.work,
                                   pass_fds=[*fds, KEPT] if '--keep-fd' in words else fds, start_new_session=not same_session, preexec_fn=setup)
        self.pid, seen, early = process.pid, None, b''
        try:
            if look:
                early = self.await_ready(process, timeout)
                if b'ready\n' not in early:
                    raise DidNotRun('it never was ready: ' + early.decode(errors='replace')[-300:])
                seen = look()
                process.stdin.close()
                process.stdin = None
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            for pid in reversed(descendants(process.pid)):
                os.kill(pid, signal.SIGKILL)
            out, err = process.communicate()
            raise DidNotRun('no end: ' + (err or out or b'').decode(errors='replace')[-300:])
        result = self.finish(early + (out or b''), err, process.returncode, ran and not stdout)
        result.seen = seen
        return result

    @staticmethod
    def await_ready(process, timeout):
        text, end = b'', time.time() + timeout
        while b'ready\n' not in text and time.time() < end:
            if select.select([process.stdout], [], [], 0.5)[0]:
                part = os.read(process.stdout.fileno(), 65536)
                if not part:
                    break
                text += part
        return text

    def leaked(self, result):
        """Did the canary come out, by a stream or by a file in the writable directory?"""
        needle = self.canary.encode()
        if needle in result.out or needle in result.err:
            return True
        for directory, _, names in os.walk(self.work):
            for name in names:
                path = os.path.join(directory, name)
                if name != 'attack' and stat.S_ISREG(os.lstat(path).st_mode):
                    with open(path, 'rb') as file:
                        if needle in file.read(1 << 20):
                            return True
        return False

    def reads(self, script, **kw):
        return self.leaked(self.run(script, **kw))

    def changes(self, path, script, **kw):
        """Is a file other than before?"""
        def state():
            with open(path, 'rb') as file:
                return file.read(), os.fstat(file.fileno()).st_mode
        before = state()
        self.run(script, **kw)
        return state() != before

    def count(self, *links):
        """How many descriptors of this kind the processes of the run have."""
        found = 0
        for pid in descendants(self.pid):
            try:
                for fd in os.listdir(f'/proc/{pid}/fd'):
                    found += os.readlink(f'/proc/{pid}/fd/{fd}').startswith(links)
            except OSError:
                pass
        return found

    def holds(self, *links):
        return self.count(*links) > 0

    @staticmethod
    def program_of(pid):
        """What a process runs; nothing where we may not see that."""
        try:
            return os.path.basename(os.readlink(f'/proc/{pid}/exe'))
        except OSError:
            return ''

    def spaces(self, kind):
        """The namespaces of one kind that the hostile processes are in."""
        found = set()
        for pid in descendants(self.pid):
            try:
                if self.program_of(pid) in ('attack', self.shell):
                    found.add(os.readlink(f'/proc/{pid}/ns/{kind}'))
            except OSError:
                pass
        return found

    def opens(self, kind, script, **kw):
        return bool(self.run(script, look=lambda: self.holds(kind), **kw).seen)

    def answers(self, call, script, only='', **kw):
        """What a system call answered, seen by strace from outside: each result as errno's name or a number."""
        log, hostile, found = os.path.join(self.dir, 'trace'), set(), []
        trace = ['strace', '-f', '-qq', '-e', 'signal=none', '-e', 'trace=execve,' + call, '-o', log]
        self.run(script, wrap=trace, **kw)
        with open(log) as file:
            for row in file:
                pid, rest = row.split(None, 1)
                if rest.startswith('execve("./attack"'):
                    hostile.add(pid)
                elif not rest.startswith('execve') and (only in row if only else pid in hostile):
                    found += re.findall(r'\) += -1 (E\w+)|\) += (\S+)', rest)
        return [name or number for name, number in found]

    def reaches(self, call, script, **kw):
        """Did any of the calls get beyond what only says that it is refused?"""
        return any(answer not in ('EPERM', 'ENOSYS', 'EACCES', 'EAFNOSUPPORT', '?') for answer in self.answers(call, script, **kw))

    def has_options(self):
        return self.tool in ('sandbox', 'sandbox-walking', 'bwrap', 'bwrap-usual', 'bwrap-hard')

    def sleepers(self):
        """Processes that sleep for the time that is this scene's own."""
        found = []
        for pid in processes():
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as file:
                    if file.read() == self.sleep.replace(' ', '\0').encode() + b'\0':
                        found.append(pid)
            except OSError:
                pass
        return found

    def outlives(self, kill, options=(), wrap=(), script=''):
        """Starts a command, and kills what kill does of the process that runs it."""
        words = self.words('exec ' + script if '&' not in script else script, None, options, wrap or (['sh', '-c', '"$@"; :', 'sh'] if self.control else []))
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment({}),
                                   cwd=self.work, start_new_session=True, pass_fds=[KEPT] if '--keep-fd' in words else ())
        kill(process)
        process.wait()

    # With a terminal.

    def on_terminal(self, script, background=False, others='', options=(), before=None, meanwhile=None, timeout=20):
        """The same from a shell that has a terminal. The caller reads and sets what it likes through self.keyboard.
        others: what follows it in the shell's line, "| COMMAND"."""
        self.keyboard, self.screen = pty.openpty()
        self.undo += [lambda: os.close(self.keyboard), lambda: os.close(self.screen)]
        end = os.path.join(self.dir, 'over')
        words = self.words(script, None, options, [])
        job = '"$@" & wait "$!"' if background else '"$@"' + others
        leader = ['bash', '-c' if not background else '-mc', f'sleep 60 & echo $! >"$1.mate"; trap "" USR1; end=$1; shift; {job}; echo $? >"$end"; exec sleep 60',
                  'bash', end, *words]
        if before:
            before()
        process = subprocess.Popen(leader, stdin=self.screen, stdout=self.screen, stderr=self.screen, env=self.environment({}), cwd=self.work,
                                   start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                   pass_fds=[KEPT] if '--keep-fd' in words else ())
        self.pid, self.seen = process.pid, None
        def over():
            for pid in reversed(descendants(process.pid)):
                os.kill(pid, signal.SIGKILL)
            process.wait()
        self.undo.append(over)
        out, deadline = b'', time.time() + timeout
        while not os.path.exists(end) and time.time() < deadline:
            if select.select([self.keyboard], [], [], 0.02)[0]:
                out += os.read(self.keyboard, 65536)
            if meanwhile and (b'ready' in out or self.marker.encode() in out):
                self.seen, meanwhile = meanwhile(), None
        time.sleep(0.05)
        while select.select([self.keyboard], [], [], 0.02)[0]:
            out += os.read(self.keyboard, 65536)
        if not os.path.exists(end):
            raise DidNotRun('no end on the terminal: ' + out.decode(errors='replace')[-300:])
        return self.finish(out.replace(b'\r\n', b'\n'), b'', 0, True)

    def mate(self):
        """A process of the shell's that is in one group with the sandbox."""
        with open(os.path.join(self.dir, 'over.mate')) as file:
            return int(file.read())

    def waiting_input(self):
        """What the next program that reads the terminal will get."""
        how = termios.tcgetattr(self.screen)
        how[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(self.screen, termios.TCSANOW, how)
        return os.read(self.screen, 4096) if select.select([self.screen], [], [], 0.1)[0] else b''


def attempt(row, tools, tool, options, base, helper):
    """taken, held, or why there is no verdict."""
    scene = Scene(tools, tool, options, base, helper)
    try:
        return ('taken' if row.act(scene) else 'held'), ''
    except Cannot as error:
        return 'cannot', str(error)
    except DidNotRun as error:
        return 'broken', str(error)
    except OSError as error:
        if error.errno == errno.ENETUNREACH:
            return 'cannot', 'the loopback is down'
        if error.errno == errno.ENOENT and error.filename in ('strace', 'unshare', 'bash', 'perl') and not os.environ.get('SANDBOX_CI'):
            return 'cannot', error.filename + ' is not installed'
        raise
    finally:
        scene.close()
