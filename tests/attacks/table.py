# SPDX-License-Identifier: MIT
"""The attacks: each lays bait, lets a hostile command at it, and says whether the bait was taken, decided outside."""
import contextlib, ctypes, fcntl, os, resource, secrets, select, shutil, signal, socket, stat, struct, subprocess, termios, time
from pathlib import Path
from engine import ROOT, Cannot, attack, keep_open, only_root, soon, status_of, sysctl, descendants

# The tree of another system, but that it borrows this one's programs.
TREE = '--root {tree} --ro-bind /usr /usr --ro-bind-try /etc/alternatives /etc/alternatives'


def world(before, argument, after=':'):
    """Words that put a command in a mount namespace of its own, with a script before it and one after it."""
    return ['unshare', '-m' if ROOT else '-Urm', 'sh', '-c', f'arg=$1; shift; set_up() {{ {before}\n}}; set_down() {{ {after}\n}}; set_up "$arg"; "$@"; '
            'code=$?; set_down "$arg"; exit $code', 'sh', argument]


def narrow(s):
    """For attacks by the 32-bit ABI of x86-64."""
    if subprocess.run([s.helper, '-32', 'call', '20'], stderr=subprocess.DEVNULL).returncode:
        raise Cannot('this machine runs no calls of the 32-bit ABI')


def covered(s, beside=''):
    """A container's /proc, parts of which are covered, so that no other can be mounted; and a process beside the command."""
    start = f'{beside} <>"{s.dir}/fifo" & echo $! >"{s.work}/pid"; until [ -s "{s.dir}/ready" ]; do sleep 0.02; done' if beside else ':'
    os.mkfifo(os.path.join(s.dir, 'fifo'))
    return world('mount -t tmpfs none /proc/tty; ' + start, '', 'kill $(cat pid)' if beside else ':')


def covered_victim(s):
    """Which has the canary in its memory and environment, below its root and directory, and in its descriptor 9."""
    path = s.file('outside/secret')
    return covered(s, f'(cd "{s.outside}" && SECRET_TOKEN={s.canary} exec "{s.helper}" victim BAIT={s.canary} 9<"{path}" >"{s.dir}/ready")')


def process_file(s, name):
    """A file of /proc about the attack that runs inside, None if there is none."""
    for pid in descendants(s.pid):
        if s.program_of(pid) == 'attack':
            with open(f'/proc/{pid}/{name}') as file:
                return file.read()
    return None


def share_of_session(pid):
    try:
        with open(f'/proc/{pid}/autogroup') as file:
            return file.read().strip()
    except OSError:
        return ''


def sessions_have_shares():
    if not ROOT:
        raise Cannot('only root owns what is in /proc/1')
    if 'nice' not in share_of_session('self'):
        raise Cannot('sessions have no share of their own in this kernel')


def read_only(s):
    return ['--ro-bind', s.outside, s.outside] if s.has_options() else []


# Class 1, the terminal.


@attack('01', 1, 'characters are put into the terminal\'s input: TIOCSTI')
def _(s):
    s.on_terminal("./attack sti 'echo evil'")
    return b'evil' in s.waiting_input()


@attack('01b', 1, 'the same, with bits in the upper half of the request, where a filter may look at all 64')
def _(s):
    s.on_terminal("./attack sti 'echo evil' 1; ./attack sti 'echo evil' 0xffffffff")
    return b'evil' in s.waiting_input()


@attack('03', 1, 'another terminal of the user\'s is written to')
def _(s):
    keyboard, screen = os.openpty()
    s.undo += [lambda: os.close(keyboard), lambda: os.close(screen)]
    name = os.ttyname(screen)
    s.run(f'echo evil >{name}; true')
    os.set_blocking(keyboard, False)
    try:
        return b'evil' in os.read(keyboard, 64)
    except BlockingIOError:
        return False


@attack('03b', 1, 'what is typed at another terminal of the user\'s is read')
def _(s):
    keyboard, screen = os.openpty()
    s.undo += [lambda: os.close(keyboard), lambda: os.close(screen)]
    os.write(keyboard, s.canary.encode() + b'\n')
    return s.reads(f'timeout 1 head -n 1 {os.ttyname(screen)}; true')


@attack('01c', 1, 'characters are put into the terminal\'s input: TIOCSTI of the 32-bit ABI')
def _(s):
    narrow(s)
    s.on_terminal("./attack -32 sti 'echo evil'")
    return b'evil' in s.waiting_input()


@attack('02', 1, 'requests to the console reach its driver: TIOCLINUX', opened_by='--syscalls none')
def _(s):
    return s.reaches('ioctl', './attack tioclinux', only='TIOCLINUX')


@attack('04', 1, 'a job in the background reads what is typed at the shell', opened_by='--share-tty')
def _(s):
    def typed():
        time.sleep(0.2)
        os.write(s.keyboard, s.canary.encode() + b'\n')
        time.sleep(0.3)
    s.on_terminal('./attack steal stolen; echo ready; sleep 0.8', background=True, meanwhile=typed)
    with open(s.work + '/stolen') as file:
        return s.canary in file.read()


def reads_password(s, redirection, source):
    """Two are typed, and both are asked for: where two read from one terminal, each gets one."""
    def typed():
        for _ in range(2):
            time.sleep(0.3)
            os.write(s.keyboard, s.canary.encode() + b'\n')
    asker = 'read -r up && sleep 0.5 && { stty -echo; echo ready; read -rt 3 one; read -rt 2 two; stty echo; } </dev/tty >/dev/tty'
    s.on_terminal(f'echo up; timeout --foreground 4 head -n 1 {source} >stolen', others=f'{redirection} | {{ {asker}; }}', meanwhile=typed)
    with open(s.work + '/stolen') as file:
        return s.canary in file.read()


@attack('04b', 1, 'a password that another member of a pipeline asks for is read', opened_by='--share-tty')
def _(s):
    return reads_password(s, '', '')


@attack('04c', 1, 'the same, by one whose standard input is not the terminal', opened_by='--share-tty')
def _(s):
    return reads_password(s, '</dev/null', '<&2')


@attack('94', 1, 'the terminal is left raw, tiny and without waiting', opened_by='--share-tty')
def _(s):
    def state():
        size = fcntl.ioctl(s.screen, termios.TIOCGWINSZ, b'\0' * 8)
        return termios.tcgetattr(s.screen), size, fcntl.fcntl(s.screen, fcntl.F_GETFL) & os.O_NONBLOCK
    s.on_terminal('./attack spoil', before=lambda: setattr(s, 'state', state()))
    return state() != s.state


@attack('94f', 1, 'a stream that is no terminal is left without waiting, or a log without appending')
def _(s):
    reader, writer = os.pipe()
    log = os.open(s.file('outside/log'), os.O_WRONLY | os.O_APPEND)
    s.undo += [lambda: os.close(reader), lambda: os.close(writer), lambda: os.close(log)]
    def state():
        return [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (reader, writer, log)]
    before = state()
    s.run('./attack spoil-flags', stdin=reader, stdout=writer)
    s.run('./attack spoil-flags', stdin=reader, stdout=log)
    return state() != before


@attack('94b', 1, 'another group is left in the foreground')
def _(s):
    s.on_terminal('./attack foreground', before=lambda: setattr(s, 'state', os.tcgetpgrp(s.keyboard)))
    return os.tcgetpgrp(s.keyboard) != s.pid


@attack('94c', 1, 'the terminal is left stopped: what others write is not shown', opened_by='--share-tty')
def _(s):
    s.on_terminal('echo "$0"; ./attack halt-output; exit')
    os.set_blocking(s.screen, False)
    try:
        os.write(s.screen, b'shown\n')
    except BlockingIOError:
        pass
    time.sleep(0.1)
    return not (select.select([s.keyboard], [], [], 0.2)[0] and b'shown' in os.read(s.keyboard, 4096))


@attack('94d', 1, 'the terminal is given another line discipline, one that reads and writes nothing: TIOCSETD',
        machine=lambda: None if 'n_null' in Path('/proc/tty/ldiscs').read_text() else 'this kernel has no N_NULL')
def _(s):
    def changed():
        return soon(lambda: struct.unpack('i', fcntl.ioctl(s.screen, termios.TIOCGETD, bytes(4)))[0] != 0)
    s.on_terminal('echo ready; ./attack discipline || ./attack -32 discipline', meanwhile=changed)
    return bool(s.seen) # None: it was over at once


@attack('94e', 1, 'the terminal is left to be opened by nobody else: TIOCEXCL')
def _(s):
    s.on_terminal('./attack call 16,0,0x540c')
    return struct.unpack('i', fcntl.ioctl(s.screen, 0x80045440, bytes(4)))[0] == 1 # TIOCGEXCL


@attack('21t', 1, 'the caller\'s process group is signalled where a terminal makes it one with the command\'s')
def _(s):
    s.on_terminal('trap "" USR1; ./attack group signal')
    return soon(lambda: status_of(s.mate(), 'State')[:1] in ('', 'Z'))


@attack('22t', 1, 'the priority of that group is lowered', opened_by='--share-tty',
        machine=lambda: 'run by root, the command is none of the host\'s users' if ROOT else None)
def _(s):
    s.on_terminal('./attack group nice')
    return os.getpriority(os.PRIO_PROCESS, s.mate()) != os.getpriority(os.PRIO_PROCESS, 0)


# Class 2, what comes in with the process.


@attack('05', 2, 'a secret in the environment is read')
def _(s):
    return s.reads('env', env={'SECRET_TOKEN': s.canary})


@attack('05g', 2, 'a variable that is granted', opened_by='--keepenv GRANTED')
def _(s):
    return s.reads('env', env={'GRANTED': s.canary})


@attack('06', 2, 'the host is reached through a directory that was left open')
def _(s):
    s.file('outside/secret')
    fd = os.open(s.outside, os.O_RDONLY)
    s.undo.append(lambda: os.close(fd))
    return s.reads(f'cat /proc/self/fd/{fd}/secret; true', fds=[fd])


@attack('07', 2, 'a file that was left open is read')
def _(s):
    fd = os.open(s.file('outside/secret'), os.O_RDONLY)
    s.undo.append(lambda: os.close(fd))
    return s.reads(f'./attack descriptor {fd}; true', fds=[fd])


@attack('07b', 2, 'a socket that was left open is written to')
def _(s):
    here, there = socket.socketpair()
    s.undo += [here.close, there.close]
    here.setblocking(False)
    s.run(f'./attack descriptor {there.fileno()} evil; true', fds=[there.fileno()])
    try:
        return here.recv(9) == b'evil'
    except BlockingIOError:
        return False


@attack('07g', 2, 'a descriptor that is granted', opened_by='--keep-fd 77')
def _(s):
    fd = os.open(s.file('granted/secret'), os.O_RDONLY)
    keep_open(fd)
    s.undo += [lambda: os.close(fd), keep_open]
    return s.reads('cat /proc/self/fd/77; true', fds=[77])


@attack('06b', 2, 'a file is given another mode by way of a directory that is kept, and \'..\'')
def _(s):
    path, fd = s.file('outside/file'), os.open(s.granted, os.O_RDONLY)
    s.undo.append(lambda: os.close(fd))
    return s.changes(path, f'chmod 777 /proc/self/fd/{fd}/../outside/file; cd /proc/self/fd/{fd} && chmod 777 ../outside/file; true', fds=[fd],
                     options=['--keep-fd', str(fd)] if s.tool == 'sandbox' else [])


@attack('08', 2, 'a working directory that is the whole home is read')
def _(s):
    s.file('home/secret')
    return s.reads('cat secret ./secret ../home/secret; true', cwd=s.home)


@attack('08b', 2, 'the host is read from a working directory that is /')
def _(s):
    s.file('outside/secret')
    return s.reads(f'cat .{s.outside}/secret ./proc/self/cwd{s.outside}/secret; true', cwd='/')


@attack('09', 2, 'a descriptor above the three is open in the command', opened_by='--keep-fd 77')
def _(s):
    fd = os.open(s.outside, os.O_RDONLY)
    s.undo.append(lambda: os.close(fd))
    def look():
        found = [pid for pid in descendants(s.pid) if s.program_of(pid) == 'attack']
        return any(set(os.listdir(f'/proc/{pid}/fd')) - {'0', '1', '2'} for pid in found)
    return bool(s.run('exec ./attack hold', look=look, fds=[fd]).seen)


@attack('10', 2, 'standard output, a log that was opened to append, is opened again to be read', opened_by=['--allow-userns', '--cap-add ALL'])
def _(s):
    with open(s.file('outside/log'), 'ab') as log:
        s.run('exec 3>&1; head -c 100 /proc/self/fd/3 >stolen; head -c 100 /dev/fd/3 >>stolen; true', stdout=log)
    with open(os.path.join(s.work, 'stolen')) as file:
        return s.canary in file.read()


@attack('10b', 2, 'standard input, a file that was opened to be read, is opened again to be written', opened_by=['--allow-userns', '--cap-add ALL'])
def _(s):
    path = s.file('outside/input')
    with open(path) as file:
        return s.changes(path, '(echo evil >/proc/self/fd/0); (echo evil >>/dev/stdin); truncate -s 0 /proc/self/fd/0; true', stdin=file)


@attack('11', 2, 'a namespace of the caller\'s is entered by a descriptor that is kept')
def _(s):
    other = s.spawn('unshare', '-Ur', '--uts', 'sh', '-c', f'hostname {s.canary}; echo ready; read line', ready=True)
    for number, kind in (78, 'user'), (79, 'uts'):
        fd = os.open(f'/proc/{other.pid}/ns/{kind}', os.O_RDONLY)
        os.dup2(fd, number, False)
        os.close(fd)
        s.undo.append(lambda number=number: os.close(number))
    enter = 'nsenter --preserve-credentials --user=/proc/self/fd/78 --uts=/proc/self/fd/79 hostname; true'
    return s.reads(enter, fds=[78, 79], options=['--keep-fd', '78', '--keep-fd', '79'] if s.tool == 'sandbox' else [])


@attack('12', 2, 'capabilities that are inherited as ambient ones are kept', opened_by='--cap-add ALL')
def _(s):
    ambient = ['unshare', '-Ur', '--keep-caps'] if not ROOT else ['setpriv', '--inh-caps', '+net_raw', '--ambient-caps', '+net_raw']
    look = lambda: any(int(status_of(pid, 'CapAmb') or '0', 16) for pid in descendants(s.pid)[1:] or [s.pid])
    return bool(s.run('./attack hold', look=look, wrap=ambient).seen)


@attack('15', 2, 'the host is read through the working directory, root and descriptors of other processes')
def _(s):
    s.file('outside/secret')
    s.spawn('sh', '-c', f'exec 9<"{s.outside}"; echo ready; read line', ready=True, cwd=s.outside)
    return s.reads(f'cat /proc/[0-9]*/cwd/secret /proc/[0-9]*/root{s.outside}/secret /proc/[0-9]*/fd/9/secret; true')


@attack('16', 2, 'the environment is read from the processes that run the command')
def _(s):
    return s.reads('cat /proc/[0-9]*/environ | tr "\\0" "\\n" | grep -a SECRET_TOKEN >stolen; true', env={'SECRET_TOKEN': s.canary})


@attack('16b', 2, 'the same, of a process that is there for a moment while --report-denied begins')
def _(s):
    if s.control:
        return s.reads("{ sleep 1 & }; exec 3>&1; ./attack glance environ; cat /proc/$!/environ; true", env={'SECRET_TOKEN': s.canary})
    options = ['--as-pid-1', '--report-denied'] if s.tool == 'sandbox' else []
    return any(s.canary.encode() in s.run(argv=['./attack', 'glance', 'environ'], env={'SECRET_TOKEN': s.canary}, options=options, ran=False).out for _ in range(40))


@attack('17', 2, 'the arguments are read of the processes that run the command')
def _(s):
    if s.control:
        return s.reads('cat /proc/[0-9]*/cmdline; true', wrap=['sh', '-c', '"$@"; exit', s.canary])
    return s.reads('cat /proc/[0-9]*/cmdline; true', options=['--setenv', 'TOKEN', s.canary, '--unsetenv', 'TOKEN'])


@attack('17b', 2, 'the same, of a process that is there for a moment while --report-denied begins')
def _(s):
    if s.control:
        return s.reads(f"sh -c 'sleep 1; :' {s.canary} & ./attack glance cmdline; cat /proc/$!/cmdline; true")
    for first in (['--as-pid-1'], []) if s.tool == 'sandbox' else ():
        options = [*first, '--report-denied', '--setenv', 'TOKEN', s.canary, '--unsetenv', 'TOKEN']
        if any(s.canary.encode() in s.run(argv=['./attack', 'glance', 'cmdline'], options=options, ran=False).out for _ in range(40)):
            return True
    return False


@attack('17c', 2, 'arguments and environment are read by processes of the namespaces that --userns and --pidns enter', slow=True)
def _(s):
    if s.tool not in ('none', 'sandbox'):
        raise Cannot('the tool enters no namespaces')
    holder = s.spawn('unshare', '-Urpf', '--mount-proc', s.helper, 'stare', s.canary, ready=True)
    inside = str(descendants(holder.pid)[1])
    if s.control:
        wrap = ['nsenter', '-U', '-p', '--preserve-credentials', '-t', inside, 'sh', '-c', '"$@"; :', s.canary]
    else:
        wrap = ['sh', '-c', 'exec 8</proc/$0/ns/user 9</proc/$0/ns/pid; exec "$@"', inside]
    options = ['--userns', '8', '--pidns', '9', '--setenv', 'TOKEN', s.canary, '--unsetenv', 'TOKEN', '--unsetenv', 'SECRET']
    for _ in range(30):
        s.run('sleep 0.02', wrap=wrap, options=options, env={'SECRET': s.canary})
    return bool(select.select([holder.stdout], [], [], 0.2)[0])


@attack('21', 2, 'the caller\'s process group is signalled')
def _(s):
    mate = None
    def into_group():
        os.setpgid(0, mate.pid)
    mate = s.spawn('sleep', '60', preexec_fn=os.setpgrp)
    s.run('./attack group signal; true', setup=into_group, ran=False, same_session=True)
    return soon(lambda: mate.poll() is not None)


@attack('22', 2, 'the priority of the caller\'s process group is lowered')
def _(s):
    mate = s.spawn('sleep', '60', preexec_fn=os.setpgrp)
    s.run('./attack group nice; true', setup=lambda: os.setpgid(0, mate.pid), same_session=True)
    return os.getpriority(os.PRIO_PROCESS, mate.pid) != os.getpriority(os.PRIO_PROCESS, 0)


@attack('22b', 2, 'the disk priority of the caller\'s process group is lowered')
def _(s):
    mate = s.spawn('sleep', '60', preexec_fn=os.setpgrp)
    s.run('./attack group disk; true', setup=lambda: os.setpgid(0, mate.pid), same_session=True)
    return ctypes.CDLL(None).syscall(252, 1, mate.pid) >> 13 == 3


@attack('22c', 2, 'the share of the processor that the caller\'s session gets is lowered: /proc/PID/autogroup')
def _(s):
    sessions_have_shares()
    targets = 'self' if s.control else '1 self' # the kernel hears one such wish in 0.1 s
    return not s.run(f'sleep 0.2; for p in {targets}; do echo 5 >/proc/$p/autogroup; done; exec ./attack hold', look=lambda: share_of_session(s.pid)).seen.endswith(' 0')


@attack('42', 2, 'a key of the session\'s keyring is read')
def _(s):
    return s.reads('./attack key bait; true', wrap=[s.helper, 'keep-key', 'bait', s.canary])


@attack('42b', 2, 'the keys of the session\'s keyring are listed by their descriptions', opened_by=['--allow-userns', '--cap-add ALL'])
def _(s):
    return s.reads('cat /proc/keys; true', wrap=[s.helper, 'keep-key', s.canary, 'text'])


# Class 3, our own program.


@attack('13', 3, 'words of the command that look like options open something')
def _(s):
    s.file('outside/secret')
    return s.reads('', argv=['sh', '-c', f'cat "{s.outside}/secret"; echo "$0"', s.marker, '--ro-bind', s.outside, s.outside, '--share-net'])


@attack('13b', 3, 'a command whose name looks like an option opens something')
def _(s):
    s.file('outside/secret')
    os.mkdir(os.path.join(s.work, 'bin'))
    with open(os.path.join(s.work, 'bin', '--share-net'), 'w') as file:
        file.write(f'#!/bin/sh\ncat "$2/secret"; echo {s.marker}\n')
    os.chmod(file.name, 0o755)
    path = os.path.join(s.work, 'bin') + ':' + os.environ['PATH']
    return s.reads('', argv=(['env'] if s.control else []) + ['--', '--share-net', '--ro', s.outside], env={'PATH': path})


@attack('14', 3, 'the program that started the command is overwritten when it has ended')
def _(s):
    victim = os.path.join(s.dir, 'bin', 'victim')
    with open(s.program if not s.control else os.path.realpath('/bin/sh'), 'rb') as source, open(victim, 'wb') as copy:
        copy.write(source.read())
    os.chmod(victim, 0o755)
    if not s.control:
        s.program = victim
    before = os.stat(victim)
    s.run(f'./attack overwrite evil {before.st_ino} {400000 if s.control else 100} >/dev/null 2>&1', wrap=[victim, '-c', '"$@"; exit', 'sh'] if s.control else [])
    return soon(lambda: os.path.getsize(victim) != before.st_size)


@attack('14b', 3, 'by a set-uid copy of the program, a file of its owner\'s that an option names is emptied', machine=only_root('make one'))
def _(s):
    if not ROOT:
        raise Cannot('only root can make one')
    path = s.file('outside/kept', mode=0o600)
    copy = os.path.join(s.dir, 'bin', 'copy')
    program = 'tee' if s.control else s.tools.named[s.tool](s)[0]
    subprocess.run(['install', '-m', '4755', shutil.which(program), copy], check=True) # not written to in a process that others are forked from
    words = ['./copy', path] if s.control else ['./copy', '--stats', path, 'true']
    subprocess.run(words, cwd=os.path.dirname(copy), user=65533, group=65533, extra_groups=[], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path) as file:
        return s.canary not in file.read()


@attack('18', 3, 'the memory of the processes that run the command, and of others, is read: /proc/PID/mem, process_vm_readv, ptrace')
def _(s):
    victim = s.spawn(s.helper, 'victim', s.canary, ready=True)
    return s.reads(f'for how in mem vm ptrace; do ./attack memory $how {victim.pid} {s.near}; done', env={'SECRET_TOKEN': 'BAIT=' + s.canary})


@attack('18b', 3, 'descriptors of other processes are taken: pidfd_getfd')
def _(s):
    path = s.file('outside/secret')
    victim = s.spawn('sh', '-c', f'exec 9<"{path}"; echo ready; read line', ready=True)
    return s.reads(f'./attack getfd {victim.pid} {s.near}')


@attack('19', 3, 'the process that runs the command, or another, is traced')
def _(s):
    victim = s.spawn('sleep', '60')
    def traced():
        return any(status_of(pid, 'TracerPid') not in ('', '0') for pid in [victim.pid, *descendants(s.pid)] if s.program_of(pid) != s.shell)
    return bool(s.run(f'./attack seize {victim.pid} {s.near}', look=traced).seen)


@attack('20', 3, 'a process of the host\'s is killed, by each call that can')
def _(s):
    victim = s.spawn('sleep', '60')
    s.run(f'./attack signals {victim.pid}')
    return soon(lambda: victim.poll() is not None)


@attack('20b', 3, 'the process that runs the command is killed before it can say how the command ended')
def _(s):
    wrap = ['sh', '-c', '"$@"; exit 42', 'sh'] if s.control else []
    argv = ['sh', '-c', 'kill -KILL "$PPID" 1; ./attack signals 1 "$PPID"; exit 42'] if not s.control else ['sh', '-c', './attack signals "$PPID"; exit 42']
    return s.run('', argv=argv, wrap=wrap, ran=False).code != 42


def runners(s):
    """The processes that run the command, but the first, which is outside."""
    return [pid for pid in descendants(s.pid) if pid != s.pid and s.program_of(pid) not in ('attack', s.shell)]


@attack('20c', 3, 'the process that runs the command gets no share of the processor any more')
def _(s):
    bait = s.spawn('sleep', '60')
    before = os.sched_getscheduler(0), os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    def starved():
        return any((os.sched_getscheduler(pid), os.sched_getaffinity(pid), os.getpriority(os.PRIO_PROCESS, pid)) != before for pid in [bait.pid, *runners(s)])
    return s.run(f'./attack starve {bait.pid} {s.near}; true', look=starved).seen


@attack('20e', 3, 'the session of the process that runs the command gets less of the processor: /proc/1/autogroup')
def _(s):
    sessions_have_shares()
    bait = s.spawn('sleep', '60', start_new_session=True)
    def lowered():
        return any(not share_of_session(pid).endswith(' 0') for pid in [bait.pid, *runners(s)])
    return s.run(f'sleep 0.2; echo 5 >/proc/{bait.pid if s.control else 1}/autogroup; exec ./attack hold', look=lowered).seen


@attack('20d', 3, 'the process that runs the command is made to believe that a signal stops it, and it had better stop, too')
def _(s):
    if s.tool != 'sandbox':
        raise Cannot('no other passes on what stops the command')
    s.on_terminal('exec ./attack traced 12', options=['--timeout', '1'])
    with open(os.path.join(s.dir, 'over')) as file:
        return int(file.read()) != 124


@attack('15b', 3, 'the host is read through the root, directory and descriptors of process 1')
def _(s):
    s.file('outside/secret')
    up = '../' * 12
    return s.reads(f'for p in 1 $PPID self; do cat /proc/$p/root/{up}{s.outside}/secret /proc/$p/cwd/{up}{s.outside}/secret; '
                   f'for f in /proc/$p/fd/*; do [ ! -d $f ] || cat $f/{up}{s.outside}/secret; done; done; true')


def forged(s, option, script):
    """Another file where what was written is looked for, and nobody says so."""
    ours, place = s.tool in ('sandbox', 'bwrap'), s.work + '/written'
    result = s.run(script, options=[option, place] if ours else [], wrap=[] if ours else ['sh', '-c', 'exec 9>"$0"; "$@"; echo true >&9', place])
    with open(place) as file:
        return s.canary in file.read() and not result.err


@attack('99', 3, 'a report is forged: another file takes the place of that of --stats')
def _(s):
    return forged(s, '--stats', f'rm written; echo {s.canary} >written')


@attack('99b', 3, 'what was written is forged by a link in the place of the file of --stderr')
def _(s):
    return forged(s, '--stderr', f'echo {s.canary} >other; mv written away; ln -s other written')


def hangs(s, *options):
    """What an earlier command left in the place of a file keeps the next start from its end."""
    os.mkfifo(s.work + '/left')
    words = s.words('', ['true'], [*options, s.work + '/left'] if s.tool in ('sandbox', 'bwrap') else [],
                    [] if not s.control else ['sh', '-c', 'exec 9<"$0"; exec "$@"', s.work + '/left'])
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=s.environment({}),
                               cwd=s.work, start_new_session=True)
    over = soon(lambda: process.poll() is not None, 1 if s.control else 10)
    for pid in reversed(descendants(process.pid)) if not over else ():
        os.kill(pid, signal.SIGKILL)
    process.wait()
    return not over


@attack('99c', 3, 'the next start never ends: a FIFO in the place of the file of --syscalls')
def _(s):
    return hangs(s, '--syscalls')


@attack('99d', 3, 'the next start never ends: a FIFO in the place of the file of --lock-file')
def _(s):
    return hangs(s, '--lock-file')


# In a container that covers parts of its /proc, where that is shown in place of a new one.


@attack('15d', 3, 'the host is read through the working directory, root and descriptors of a process that the caller\'s /proc shows')
def _(s):
    return s.reads(f'cd /proc/$(cat pid); cat cwd/secret root{s.outside}/secret fd/9; true', wrap=covered_victim(s))


@attack('16c', 3, 'the environment is read of a process that the caller\'s /proc shows')
def _(s):
    return s.reads('cat /proc/$(cat pid)/environ /proc/[0-9]*/environ | tr "\\0" "\\n" | grep -a SECRET_TOKEN >stolen; true', wrap=covered_victim(s))


@attack('18d', 3, 'the memory is read of a process that the caller\'s /proc shows')
def _(s):
    return s.reads('for how in mem vm ptrace; do ./attack memory $how $(cat pid); done', wrap=covered_victim(s))


@attack('20f', 3, 'a process that the caller\'s /proc shows is killed by its directory there')
def _(s):
    victim = s.spawn('sleep', '60')
    s.run(f'./attack signal-directory /proc/{victim.pid}', wrap=covered(s))
    return soon(lambda: victim.poll() is not None)


@attack('72d', 3, 'a process that the caller\'s /proc shows is made the first that the kernel kills for want of memory')
def _(s):
    victim = s.spawn('sleep', '60')
    s.run(f'(echo 999 >/proc/{victim.pid}/oom_score_adj); true', wrap=covered(s))
    return Path(f'/proc/{victim.pid}/oom_score_adj').read_text() == '999\n'


# Class 4, the host's processes and what the kernel keeps.


@attack('23', 4, 'the arguments of other processes are read')
def _(s):
    s.spawn('sh', '-c', 'read line', s.canary)
    return s.reads('cat /proc/[0-9]*/cmdline; true')


@attack('30', 4, 'shared memory of System V is read')
def _(s):
    s.spawn(s.helper, 'keep-shared', s.canary, ready=True)
    return s.reads('./attack shared-memory; cat /proc/sysvipc/shm; true')


@attack('31', 4, 'a POSIX message queue is read')
def _(s):
    name = '/bait' + s.marker
    s.spawn(s.helper, 'keep-queue', name, s.canary, ready=True)
    return s.reads(f'./attack queue {name}; true')


@attack('32', 4, 'a file in /dev/shm is read')
def _(s):
    path = s.file('/dev/shm/' + s.marker)
    return s.reads(f'cat {path}; true')


@attack('33', 4, 'a socket without a path is reached', opened_by='--share-abstract')
def _(s):
    came = s.listen(socket.AF_UNIX, '\0' + s.marker)
    s.run(f'./attack reach @{s.marker}; true')
    return came()


@attack('36', 4, 'sockets of services in /tmp, /run and home are reached: X11, D-Bus, agents')
def _(s):
    came = []
    for path in [f'/tmp/.{s.marker}', os.path.join(s.home, 'socket')] + ([f'/run/{s.marker}'] if ROOT else []):
        came.append(s.listen(socket.AF_UNIX, path))
        s.run(f'./attack reach {path}; true')
    return any(each() for each in came)


@attack('37', 4, 'a service on the loopback is reached', opened_by=['--share-net', '--share-abstract'])
def _(s):
    came = s.listen(socket.AF_INET, ('127.0.0.1', 0))
    s.run(f'./attack reach-port {s.address[1]}; true')
    return came()


@attack('34', 4, 'a socket without a path is reached though the network is shared', opened_by='--share-abstract')
def _(s):
    came = s.listen(socket.AF_UNIX, '\0' + s.marker)
    s.run(f'./attack reach @{s.marker}; true', options=['--share-net'] if s.has_options() and '--share-abstract' not in s.options else [])
    return came()


@attack('37b', 4, 'a datagram reaches a service on the loopback', opened_by=['--share-net', '--share-abstract'])
def _(s):
    came = s.listen(socket.AF_INET, ('127.0.0.1', 0), socket.SOCK_DGRAM)
    s.run(f'./attack reach-port {s.address[1]} udp; true')
    return came()


def sniffed(s, **kw):
    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            for _ in range(3):
                one.sendto(s.canary.encode(), ('127.0.0.1', 9))
                time.sleep(0.02)
    return s.leaked(s.run('./attack sniff', look=send, **kw))


@attack('38', 4, 'what others send over the loopback is read: raw and packet sockets', machine=only_root('open raw sockets'))
def _(s):
    return sniffed(s)


@attack('38b', 4, 'the same though the network is shared', machine=only_root('open raw sockets'))
def _(s):
    return sniffed(s, options=['--share-net'] if s.has_options() else [])


@attack('38c', 4, 'a packet socket is asked of the kernel', opened_by='--syscalls none')
def _(s):
    return 'EAFNOSUPPORT' not in s.answers('socket', './attack sniff </dev/null', only='AF_PACKET')


@attack('39', 4, 'the host\'s sockets are listed by name: netlink diagnostics and /proc/net', opened_by=['--share-net', '--share-abstract'])
def _(s):
    s.listen(socket.AF_UNIX, '\0' + s.canary)
    return s.reads('./attack diagnose; cat /proc/net/unix; true')


@attack('39b', 4, 'netlink diagnostics are reached though the network is shared')
def _(s):
    s.listen(socket.AF_UNIX, '\0' + s.canary)
    return s.reads('./attack diagnose', options=['--share-net'] if s.has_options() else [])


@attack('40', 4, 'events of the host\'s devices are heard', machine=only_root('cause one'))
def _(s):
    if not os.access('/sys/class/net/lo/uevent', os.W_OK):
        raise Cannot('only root may cause one')
    def cause():
        with open('/sys/class/net/lo/uevent', 'w') as file:
            file.write(f'change 12345678-1234-1234-1234-123456789012 BAIT={s.canary}')
        time.sleep(0.05)
    return s.leaked(s.run('./attack events', look=cause))


@attack('40b', 4, 'netlink families beside routes are opened', opened_by='--syscalls none')
def _(s):
    return s.reaches('socket', './attack events </dev/null; ./attack diagnose; true', only='AF_NETLINK')


@attack('41', 4, 'the machine that the host runs on is reached: vsock', opened_by='--allow-syscall socket:0==AF_VSOCK')
def _(s):
    return 'EAFNOSUPPORT' not in s.answers('socket', './attack call 41,40,1,0; true', only='AF_VSOCK')


@attack('51', 4, 'the host\'s mounts are listed')
def _(s):
    point = os.path.join(s.outside, s.canary)
    os.mkdir(point)
    return s.reads('cat /proc/[0-9]*/mountinfo /proc/mounts | grep -v secret; true', wrap=world('mount -t tmpfs none "$1"', point))


@attack('71', 4, 'devices and kernel are described by /sys')
def _(s):
    try:
        with open('/sys/kernel/notes', 'rb') as file:
            notes = file.read()
    except OSError:
        raise Cannot('there is no /sys/kernel/notes')
    return notes in s.run('cat /sys/kernel/notes; true').out


@attack('71b', 4, 'a setting in /sys is changed', machine=only_root('change one'))
def _(s):
    path = '/sys/class/net/lo/ifalias'
    if not os.access(path, os.W_OK):
        raise Cannot('only root may change one')
    s.undo.append(lambda: open(path, 'w').write('\n'))
    s.run(f'(echo {s.marker} >{path}); (mkdir /tmp/s && mount -t sysfs none /tmp/s && echo {s.marker} >/tmp/s/class/net/lo/ifalias); true', wrap=world(':', ''))
    with open(path) as file:
        return s.marker in file.read()


@attack('71c', 4, 'a setting of a processor, which /sys shows, is changed', machine=only_root('change one'))
def _(s):
    path = '/sys/devices/system/cpu/cpu0/power/pm_qos_resume_latency_us'
    if not os.access(path, os.W_OK):
        raise Cannot('only root may change one, and only where the processors have that')
    with open(path) as file:
        before = file.read()
    s.undo.append(lambda: open(path, 'w').write(before))
    s.run(f'echo 4321 >{path}; true')
    with open(path) as file:
        return file.read() == '4321\n'


@attack('72', 4, 'a setting in /proc/sys is changed', machine=only_root('change one'))
def _(s):
    path = '/proc/sys/fs/lease-break-time'
    before = sysctl('fs/lease-break-time')
    def restore():
        if sysctl('fs/lease-break-time') != before:
            with open(path, 'w') as file:
                file.write(before)
    s.undo.append(restore)
    s.run(f'(echo {int(before) + 1} >{path}); mount -o remount,rw /proc/sys; umount /proc/sys; (echo {int(before) + 1} >{path}); true', wrap=world(':', ''))
    return sysctl('fs/lease-break-time') != before


@attack('73', 4, 'a cgroup is made', machine=lambda: None if ROOT else 'no cgroup is delegated to this user')
def _(s):
    s.run(f'find /sys/fs/cgroup -maxdepth 2 -type d 2>/dev/null | while read -r d; do mkdir "$d/{s.marker}" 2>/dev/null && break; done; '
          f'unshare -UrmC sh -c "mount -t tmpfs none /mnt; mount -t cgroup2 none /mnt && mkdir /mnt/{s.marker}" 2>/dev/null; true')
    found = [os.path.join(top, s.marker) for top, names, _ in os.walk('/sys/fs/cgroup') if s.marker in names]
    for path in found:
        os.rmdir(path)
    return bool(found)


@attack('74', 4, 'a crash hands data to the host\'s handler, which root runs', machine=only_root('set a handler'))
def _(s):
    if not ROOT:
        raise Cannot('only root may set a handler')
    handler, seen = os.path.join(s.dir, 'bin', 'handler'), os.path.join(s.dir, 'seen')
    with open(handler, 'w') as file:
        file.write(f'#!/bin/sh\necho "$1" >{seen}.$1\n')
    os.chmod(handler, 0o755)
    before = sysctl('kernel/core_pattern')
    def pattern(text):
        try:
            with open('/proc/sys/kernel/core_pattern', 'w') as file:
                file.write(text)
        except OSError as error:
            raise Cannot(f'core_pattern cannot be set: {error.strerror}')
    if len(handler) > 100:
        raise Cannot('the path of a handler is too long')
    s.undo.append(lambda: pattern(before))
    pattern(f'|{handler} %e')
    s.run('cp attack crash.$$; for limit in unlimited 0; do (ulimit -c $limit; ./crash.$$ core-limit </dev/null & wait; '
          'sh -c "ulimit -c 0; exec ./crash.$$ crash"); done; true')
    return soon(lambda: any(name.startswith('seen.crash') for name in os.listdir(s.dir)))


@attack('74b', 4, 'the limit is changed that keeps crashes from the host\'s handler', opened_by='--syscalls none')
def _(s):
    def soft():
        text = process_file(s, 'limits')
        return text and next(row.split()[4] for row in text.splitlines() if row.startswith('Max core'))
    return s.run('./attack core-limit', look=soft).seen != '1'


@attack('89', 4, 'the kernel\'s log is read', machine=lambda: 'dmesg_restrict=' + sysctl('kernel/dmesg_restrict') if not ROOT else None)
def _(s):
    if ROOT:
        with open('/dev/kmsg', 'w') as file:
            file.write(s.canary + '\n')
    else:
        rows = subprocess.run([s.helper, 'kernel-log'], stdout=subprocess.PIPE).stdout.decode(errors='replace').split('\n')
        s.canary = max(rows, key=len)
        if not s.canary:
            raise Cannot('dmesg_restrict=' + sysctl('kernel/dmesg_restrict'))
    return s.reads('./attack kernel-log; ./attack -32 kernel-log; true')


@attack('90', 4, 'addresses of the kernel\'s are read', machine=lambda: None if ROOT and sysctl('kernel/kptr_restrict') != '2' else 'kptr_restrict=' + sysctl('kernel/kptr_restrict'))
def _(s):
    with open('/proc/kallsyms') as file:
        s.canary = next(row for row in file if ' T ' in row).split()[0]
    return s.canary.strip('0') != '' and s.reads('head -n 500 /proc/kallsyms; true')


@attack('90b', 4, 'what only root may read in /proc is read', machine=only_root('read these'))
def _(s):
    names = [name for name in ('kpagecount', 'kpageflags', 'slabinfo', 'vmallocinfo', 'timer_list', 'pagetypeinfo', 'kcore') if os.access('/proc/' + name, os.R_OK)]
    s.run(f'for f in {" ".join(names)}; do head -c 8 /proc/$f >stolen.$f; done; true')
    return any(os.path.getsize(os.path.join(s.work, 'stolen.' + name)) for name in names)


# Class 5, files.


@attack('44', 5, 'a key in the home is read')
def _(s):
    path = s.file('home/.ssh/id', mode=0o600)
    return s.reads(f'cat {path} ~/.ssh/id; true')


@attack('45', 5, 'the shell\'s start-up file in the home is changed')
def _(s):
    path = s.file('home/.profile', 'true\n')
    return s.changes(path, f'(echo evil >>{path}); (echo evil >>~/.profile); true')


@attack('46', 5, 'files in /tmp and /var/tmp are read')
def _(s):
    paths = [s.file('/tmp/' + s.marker), s.file('/var/tmp/' + s.marker)]
    return s.reads(f'cat {" ".join(paths)}; true')


@attack('52', 5, 'a link out of the writable directory is followed')
def _(s):
    path = s.file('outside/secret')
    os.symlink(path, os.path.join(s.work, 'link'))
    os.symlink('../../outside', os.path.join(s.work, 'directory'))
    return s.reads('cat link directory/secret >out 2>&1; rm link directory; true')


def marked(s, how):
    """Is a file left that has a set-uid or set-gid bit?"""
    s.run('umask 0; ./attack ' + how)
    return any(os.lstat(os.path.join(s.work, name)).st_mode & 0o6000 for name in os.listdir(s.work))


@attack('70', 5, 'set-uid and set-gid files are left behind, by each call that makes a file or changes its mode', opened_by='--allow-suid')
def _(s):
    return marked(s, 'suid')


@attack('70c', 5, 'the same by openat2, whose mode no filter sees', opened_by=['--allow-suid', '--allow-userns'])
def _(s):
    return marked(s, 'suid-openat2')


@attack('43', 5, 'the system\'s directories are written to')
def _(s):
    paths = [f'{top}/{s.marker}' for top in ('/usr/lib', '/usr/local/bin', '/etc', '/opt') if os.path.isdir(top)]
    try:
        answers = s.answers('openat,open', ' '.join(f'(: >{path});' for path in paths) + ' true', only=s.marker)
    finally:
        made = [os.unlink(path) for path in paths if os.path.exists(path)]
    return bool(made) or any(answer != 'EROFS' for answer in answers)


@attack('44b', 5, 'root\'s files elsewhere are read', machine=only_root('make some'))
def _(s):
    if not ROOT:
        raise Cannot('only root may make some')
    paths = [s.file(f'{top}/.{s.marker}') for top in ('/root', '/srv', '/mnt', '/media', '/var/lib', '/var/log', '/var/spool', '/boot', '/home', '/run') if os.path.isdir(top)]
    return s.reads(f'cat {" ".join(paths)}; true')


@attack('47', 5, 'the user\'s directory in /run/user is read')
def _(s):
    top = f'/run/user/{os.getuid()}'
    if not ROOT and not os.path.isdir(top):
        raise Cannot(f'there is no {top}')
    path = s.file(f'{top}/{s.marker}')
    return s.reads(f'cat {path} $XDG_RUNTIME_DIR/{s.marker}; true', env={'XDG_RUNTIME_DIR': top})


@attack('48', 5, 'files of the system that only root may read are read', opened_by=TREE, machine=only_root('read these'))
def _(s):
    if not ROOT:
        raise Cannot('only root may read these')
    paths = [s.file(f'{top}/.{s.marker}', mode=0o600) for top in ('/etc', '/usr/lib', '/opt')]
    closed = os.path.dirname(s.file(f'/etc/.{s.marker}.d/file'))
    os.chmod(closed, 0o700)
    return s.reads(f'cat {" ".join(paths)} {closed}/file; true')


@attack('48b', 5, '/etc/shadow is read', machine=only_root('read it'))
def _(s):
    if not os.access('/etc/shadow', os.R_OK):
        raise Cannot('only root may read it')
    with open('/etc/shadow') as file:
        s.canary = file.readline()
    return s.reads('cat /etc/shadow; true')


@attack('52b', 5, 'the host is read by going up from the writable directory')
def _(s):
    s.file('outside/secret')
    s.file('home/secret')
    return s.reads(f'cat ../secret ../../outside/secret {"../" * 12}{s.outside}/secret; true')


@attack('43c', 5, 'a read-only directory in a writable one gets another in its place: a directory above it is renamed')
def _(s):
    bait = s.file('home/work/up/above/part/file', 'text')
    part = os.path.dirname(bait)
    options = ['--ro-bind', part, part] if s.has_options() else []
    return s.changes(bait, 'for d in up/above up; do ./attack rename $d moved && mkdir -p up/above/part; done; echo evil >up/above/part/file; true', options=options)


@attack('53', 5, 'a file of a read-only bind is changed by a hard link to it')
def _(s):
    path = s.file('outside/file')
    return s.changes(path, f'ln {path} own; (echo evil >>own); rm -f own; true', options=read_only(s))


@attack('54', 5, 'a read-only bind is made writable')
def _(s):
    return s.changes(s.file('outside/file'), f'./attack remount {s.outside} file; unshare -Urm ./attack remount {s.outside} file; true', options=read_only(s), wrap=world(':', ''))


@attack('55', 5, 'a mount below a read-only bind is written to')
def _(s):
    sub, after = os.path.join(s.outside, 'sub'), os.path.join(s.dir, 'after')
    os.mkdir(sub)
    s.run(f'(echo evil >{sub}/file); true', options=read_only(s), wrap=world('mount -t tmpfs none "$1"', sub, f'cat "$1/file" >{after}'))
    return os.path.getsize(after) > 0


@attack('56', 5, 'a mount that the host makes later appears, writable')
def _(s):
    sub, after = os.path.join(s.outside, 'sub'), os.path.join(s.dir, 'after')
    os.mkdir(sub)
    s.run(f': >begun; i=0; while [ ! -e mounted ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done; cat {sub}/secret; (echo evil >{sub}/file); true',
          options=['--bind', s.outside, s.outside] if s.has_options() else [],
          wrap=world(f'mount --make-rshared / || exit; (until [ -e {s.work}/begun ]; do sleep 0.02; done; mount -t tmpfs none "$1"; : >{s.work}/mounted) &',
                     sub, f'cat "$1/file" >{after}'))
    return os.path.getsize(after) > 0


@attack('57', 5, 'what a mount covers is uncovered')
def _(s):
    secret = s.file('outside/sub/secret')
    return s.reads(f'./attack uncover {secret} {s.outside}/sub; unshare -Urm ./attack uncover {secret} {s.outside}/sub; true',
                   options=[*read_only(s), '--tmpfs', s.outside + '/sub'] if s.has_options() else [])


@attack('57b', 5, 'home, /tmp and / are unmounted, to see what lies below')
def _(s):
    secret = s.file('home/secret')
    return s.reads(f'./attack uncover {secret} {s.work} {s.home} /tmp /proc/sys /proc /; unshare -Urm ./attack uncover {secret} {s.home} /tmp /; true', wrap=world(':', ''))


@attack('60', 5, 'a mount point is made on the host, through a link that an earlier run left')
def _(s):
    os.symlink(s.outside, os.path.join(s.work, 'link'))
    s.run('mkdir link/new' if s.control else 'true', ran=False, options=['--tmpfs', s.work + '/link/new'] if s.has_options() else [])
    return os.path.exists(s.outside + '/new')


@attack('61', 5, 'a mount made inside appears on the host', opened_by=[])
def _(s):
    point, seen = os.path.join(s.work, 'point'), os.path.join(s.dir, 'seen')
    os.mkdir(point)
    s.run(f'./attack bind-over {s.work} {point}; unshare -Urm ./attack bind-over /usr {point}; rm -f mounted; true',
          wrap=world('mount --make-rshared /', point, f'grep -c " $1 " /proc/self/mountinfo >{seen}'))
    with open(seen) as file:
        return file.read().strip() != '0'


@attack('62', 5, 'the root directory is left by chroot')
def _(s):
    secret = s.file('outside/secret')
    return s.reads(f'./attack escape-chroot {secret}; unshare -Ur ./attack escape-chroot {secret}; ./attack -32 escape-chroot {secret}; true')


@attack('63', 5, 'a file is opened by its handle', machine=only_root('open one'))
def _(s):
    secret = s.file('outside/secret')
    class Handle(ctypes.Structure):
        _fields_ = [('size', ctypes.c_uint), ('kind', ctypes.c_int), ('data', ctypes.c_ubyte * 128)]
    handle, mount = Handle(128), ctypes.c_int()
    if ctypes.CDLL(None).name_to_handle_at(-100, secret.encode(), ctypes.byref(handle), ctypes.byref(mount), 0):
        raise Cannot('this file system has no handles')
    text = bytes(handle.data[:handle.size]).hex()
    return s.reads(f'./attack open-handle {handle.kind} {text} .; ./attack -32 open-handle {handle.kind} {text} .; true')


def device(path):
    if not os.access(path, os.R_OK | os.W_OK):
        raise Cannot(f'{path} is not there, or not for this user')
    return path


@attack('65', 5, 'a device that all users may open is opened: /dev/fuse', opened_by='--dev-bind-try /dev/fuse /dev/fuse')
def _(s):
    return s.opens(device('/dev/fuse'), './attack open-device /dev/fuse')


@attack('65b', 5, 'a disk is read', machine=only_root('read disks'))
def _(s):
    with open('/proc/partitions') as file:
        names = [row.split()[3] for row in file.readlines()[2:]]
    path = next(('/dev/' + name for name in names if os.access('/dev/' + name, os.R_OK)), None)
    if not path:
        raise Cannot('no disk is there that this user may read')
    try:
        with open(path, 'rb') as disk:
            block = disk.read(4096)
    except OSError as error:
        raise Cannot(f'{path} cannot be read: {error.strerror}')
    return block in s.run(f'head -c 4096 {path}; mknod d b 259 0 && head -c 4096 d; true').out


@attack('66', 5, 'a device node in the writable directory is used', machine=only_root('make one'))
def _(s):
    if not ROOT:
        raise Cannot('only root may make one')
    os.mknod(os.path.join(s.work, 'node'), 0o666 | stat.S_IFCHR, os.makedev(1, 11))
    s.run(f'(echo {s.canary} >node); true')
    return s.canary.encode() in subprocess.run([s.helper, 'kernel-log'], stdout=subprocess.PIPE).stdout


@attack('66b', 5, 'the mode of /dev/null is changed, which is standard input', machine=only_root('change it'))
def _(s):
    if not ROOT:
        raise Cannot('only root may change it')
    node = os.path.join(s.dir, 'null') # one of our own: the machine needs its
    os.mknod(node, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.chmod(node, 0o666)
    try:
        with open(node) as file:
            s.run('chmod 0 /proc/self/fd/0; chmod 0 /dev/stdin; true', stdin=file)
    except PermissionError:
        raise Cannot('no device works where the tests put their files')
    return stat.S_IMODE(os.stat(node).st_mode) != 0o666


@attack('67', 5, 'a device node is left behind', machine=only_root('make one'))
def _(s):
    s.run('mknod node c 1 11; unshare -Ur mknod node c 1 11; true')
    return any(stat.S_ISCHR(os.lstat(os.path.join(s.work, name)).st_mode) for name in os.listdir(s.work))


@attack('68', 5, 'rights are gained by a set-uid program of the system\'s')
def _(s):
    if ROOT:
        s.undo.append(lambda: os.unlink(s.work + '/marked'))
        shutil.copy(s.helper, s.work + '/marked')
        os.chown(s.work + '/marked', 65531, 65531)
        os.chmod(s.work + '/marked', 0o4755)
    elif not os.access('/bin/su', os.X_OK):
        raise Cannot('there is no su')
    def other():
        return soon(lambda: any(len(set(status_of(pid, 'Uid').split())) > 1 for pid in descendants(s.pid)))
    return bool(s.run('echo ready; exec ./marked hold' if ROOT else 'echo ready; su root -c id', look=other).seen)


def gives_rights(path):
    """Has capabilities that count outside user namespaces: without a root of their own, or with root as that."""
    try:
        capability = os.getxattr(path, 'security.capability')
    except OSError:
        return False
    return not any(capability[20:24])


@attack('69', 5, 'rights are left behind in a file: security.capability', machine=only_root('give them'))
def _(s):
    s.run('for run in "" "unshare -Ur"; do cp attack "cap$run"; $run setcap cap_setuid+ep "cap$run"; done; true')
    return any(gives_rights(os.path.join(s.work, name)) for name in os.listdir(s.work))


@attack('70b', 5, 'the same by the 32-bit ABI', opened_by='--allow-suid')
def _(s):
    narrow(s)
    return marked(s, '-32 suid')


@attack('95b', 5, 'who writes to a file that may be read is stalled by a lease', opened_by='--allow-syscall fcntl')
def _(s):
    path = s.file('outside/file')
    def look():
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        except BlockingIOError:
            return True
        return False
    return s.run(f'exec ./attack lease {path}', look=look, options=read_only(s)).seen


@attack('95c', 5, 'who makes a file in a directory that may be read is stalled by a delegation', opened_by='--allow-syscall fcntl',
        machine=lambda: 'the kernel has none before Linux 6.19' if tuple(map(int, os.uname().release.split('.')[:2])) < (6, 19) else None)
def _(s):
    def look():
        made = subprocess.Popen(['touch', s.outside + '/made'])
        try:
            made.wait(2)
        except subprocess.TimeoutExpired:
            made.kill()
            return True
        return False
    return s.run(f'exec ./attack delegation {s.outside}', look=look, options=read_only(s)).seen


@attack('95d', 5, 'who uses a directory that may be read is heard of by signals: F_NOTIFY', opened_by='--allow-syscall fcntl',
        machine=lambda: None if os.path.exists('/proc/sys/fs/dir-notify-enable') else 'this kernel has no F_NOTIFY')
def _(s):
    def look():
        Path(s.outside, 'made').write_text('text')
        return soon(lambda: os.path.exists(s.work + '/noticed'), 1)
    return s.run(f'exec ./attack notice {s.outside} noticed', look=look, options=read_only(s)).seen


@attack('95e', 5, 'a hint how long what is written next will live is set on a file that may be read', opened_by='--allow-syscall fcntl')
def _(s):
    path = s.file('outside/file')
    def look():
        with open(path) as file:
            return fcntl.fcntl(file, 1035, bytes(8)) != bytes(8) # F_GET_RW_HINT
    return s.run(f'exec ./attack hint {path}', look=look, options=read_only(s)).seen


@attack('67b', 5, 'names are left behind that an overlay hides: character devices 0:0', opened_by=['--allow-syscall mknod --allow-syscall mknodat', '--allow-syscall renameat2'])
def _(s):
    s.run('./attack whiteouts one; true')
    return stat.S_ISCHR(os.lstat(s.work + '/one').st_mode)


@attack('g1', 5, 'a directory that is granted is read', opened_by=['--rw {granted}', '--ro {granted}', '--dev-bind {granted} {granted}', '--overlay-src {granted} --tmp-overlay {granted}'])
def _(s):
    return s.reads(f'cat {s.file("granted/file")}; true')


@attack('g2', 5, 'a directory that is granted is written to', opened_by=['--rw {granted}', '--dev-bind {granted} {granted}'])
def _(s):
    return s.changes(s.file('granted/file'), f'(echo evil >>{s.granted}/file); true')


# Class 6, races and ends.

ROUNDS = 40 if os.environ.get('QUICK', '0') != '0' else 200 # of make check, and of make check-slow


def lives(s):
    """Is one of the hostile processes, which sleep for a time of their own, still there a while later?"""
    soon(lambda: not s.sleepers(), 0.3 if s.control else 5)
    found = s.sleepers()
    for pid in found:
        with contextlib.suppress(ProcessLookupError): # it ends all the same
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def killed(s, how=signal.SIGKILL, **kw):
    """The process that runs the command gets a signal when the command has begun."""
    def kill(process):
        soon(lambda: len(s.sleepers()) >= 2, 10)
        process.send_signal(how)
    s.outlives(kill, script=f'setsid {s.sleep} & {s.sleep}', **kw)
    return lives(s)


@attack('24', 6, 'a process lives on after the command')
def _(s):
    s.run(f'setsid {s.sleep} >/dev/null 2>&1 </dev/null & until grep -qsa ^sleep /proc/$!/cmdline; do :; done')
    return lives(s)


@attack('25', 6, 'the command lives on when the process that runs it is killed')
def _(s):
    return killed(s)


@attack('25b', 6, 'the same where the command itself is process 1, and unties itself')
def _(s):
    def kill(process):
        soon(lambda: s.sleepers() or process.poll() is not None, 10)
        process.kill()
    s.outlives(kill, script=f'./attack untied {s.sleep}', options=['--as-pid-1'] if s.has_options() else [])
    return lives(s)


@attack('25c', 6, 'the same where another thread of process 1 becomes the command')
def _(s):
    def kill(process):
        soon(lambda: s.sleepers() or process.poll() is not None, 10)
        process.kill()
    s.outlives(kill, script=f'./attack untied-thread {s.sleep}', options=['--as-pid-1'] if s.has_options() else [])
    return lives(s)


@attack('27', 6, 'the command lives on when the caller is killed, with --die-with-parent')
def _(s):
    return killed(s, wrap=['sh', '-c', '"$@"; :', 'sh'], options=['--die-with-parent'] if s.has_options() else [])


@attack('28', 6, 'a process lives on when the command is ended by a signal')
def _(s):
    return killed(s, signal.SIGTERM)


@attack('28b', 6, 'the command outlives its time, since its own child traces it, with --timeout and --stats')
def _(s):
    over = []
    def kill(process):
        soon(lambda: s.sleepers() or process.poll() is not None, 10)
        over.append(soon(lambda: process.poll() is not None, 0.5 if s.control else 10))
        process.kill()
    s.outlives(kill, script=f'./attack traced-below {s.sleep}',
               options=['--timeout', '2', '--grace', '0', '--stats', '/dev/null'] if s.has_options() else [])
    return lives(s) or not over[0]


def killed_in_time(s, after=lambda process: True, **kw):
    """The same at moments that are spread over a start and a little more."""
    rounds = 20 if s.control else ROUNDS
    begun = time.time()
    s.run('true')
    span = (time.time() - begun) * 1.3
    for i in range(rounds):
        def kill(process):
            while not after(process) and process.poll() is None:
                pass
            time.sleep(span * i / rounds)
            process.kill()
        s.outlives(kill, **{'script': s.sleep, **kw})
    return lives(s)


@attack('26', 6, 'the process that runs the command is killed while it starts, at many moments', slow=True)
def _(s):
    return killed_in_time(s)


@attack('26b', 6, 'the same where another thread of process 1 becomes the command', slow=True)
def _(s):
    return killed_in_time(s, script=f'./attack untied-thread {s.sleep}', options=['--as-pid-1'] if s.has_options() else [])


@attack('27b', 6, 'the caller is killed while the command starts, at many moments, with --die-with-parent', slow=True)
def _(s):
    # Not before it is there: no program can know the caller of one that was an orphan before it began.
    def begun(process):
        return s.control or len(descendants(process.pid)) > 2
    return killed_in_time(s, after=begun, wrap=['sh', '-c', '"$@"; :', 'sh'], options=['--die-with-parent'] if s.has_options() else [])


def through_link(s, name):
    """The command is shown a directory of a name that it may write."""
    if s.control or not s.has_options():
        return s.canary.encode() in s.run(f'cat {name}/secret; true').out
    return s.canary.encode() in s.run('cat /tmp/x/secret; true', ran=False, options=['--ro-bind', f'{s.work}/{name}', '/tmp/x']).out


@attack('58', 6, 'a directory that an earlier run has replaced by a link is shown')
def _(s):
    s.file('outside/secret')
    os.symlink('../../outside', s.work + '/src')
    os.mkdir(s.work + '/deep')
    os.symlink(s.dir, s.work + '/deep/up')
    return through_link(s, 'src') or through_link(s, 'deep/up/outside')


@attack('58b', 6, 'what everybody can write is shown by a link of the system')
def _(s):
    s.file('outside/secret')
    if not os.path.isdir('/etc/ssl'):
        raise Cannot('there is no /etc/ssl')
    set_up = f'mount -t tmpfs none /etc/ssl && ln -s {s.outside} /etc/ssl/certs'
    return s.reads('cat /etc/ssl/certs/secret; true', wrap=world(set_up, ''))


@attack('59r', 6, 'a directory is shown that changes places with a link during many starts', slow=True)
def _(s):
    s.file('outside/secret')
    os.mkdir(s.work + '/src')
    os.symlink(s.outside, s.work + '/link')
    s.spawn(s.helper, 'swap', s.work + '/src', s.work + '/link', ready=True)
    return any(through_link(s, 'src') for _ in range(ROUNDS))


@attack('60r', 6, 'a mount point is made on the host, through a name that changes places with a link during many starts', slow=True)
def _(s):
    os.mkdir(s.work + '/real')
    os.symlink(s.outside, s.work + '/link')
    s.spawn(s.helper, 'swap', s.work + '/real', s.work + '/link', ready=True)
    if s.control:
        subprocess.run(['python3', '-c', f'import os\nfor i in range(2000):\n try: os.mkdir("real/new.%d" % i)\n except OSError: pass'], cwd=s.work)
    for i in range(0 if s.control else ROUNDS):
        s.run('true', ran=False, options=['--tmpfs', f'{s.work}/real/new.{i}', '--dir', f'{s.work}/real/dir.{i}'] if s.has_options() else [])
    return bool(os.listdir(s.outside))


# Class 7, the kernel's surface.


@attack('75', 7, 'a user namespace is made: unshare', opened_by='--allow-userns')
def _(s):
    return len(s.run('./attack unshare 0x10000000', look=lambda: s.spaces('user')).seen) > 1


@attack('79', 7, 'perf_event_open', opened_by='--allow-syscall perf_event_open')
def _(s):
    return s.opens('anon_inode:[perf_event]', './attack perf')


@attack('80', 7, 'userfaultfd', opened_by='--allow-syscall userfaultfd')
def _(s):
    return s.opens('anon_inode:[userfaultfd]', './attack page-faults')


@attack('81', 7, 'io_uring', opened_by='--allow-syscall io_uring_setup')
def _(s):
    return s.opens('anon_inode:[io_uring]', './attack ring')


@attack('75b', 7, 'namespaces of each kind are made: clone', opened_by='--allow-userns')
def _(s):
    return len(s.run('./attack clone 0x10000000', look=lambda: s.spaces('user')).seen) > 1


@attack('75c', 7, 'the same: clone3, which no filter can look into', opened_by='--allow-userns')
def _(s):
    return len(s.run('./attack clone3 0x10000000', look=lambda: s.spaces('user')).seen) > 1


@attack('75d', 7, 'the same by the 32-bit ABI: unshare and clone', opened_by='--allow-userns')
def _(s):
    narrow(s)
    return any(len(s.run(f'./attack -32 {how} 0x10000000', look=lambda: s.spaces('user')).seen) > 1 for how in ('unshare', 'clone'))


@attack('76', 7, 'the packet filters of a network of its own are reached: netfilter')
def _(s):
    return s.reaches('socket', './attack netfilter', only='NETLINK_NETFILTER')


def mounted(s, how):
    point = os.path.join(s.work, 'point')
    os.mkdir(point)
    def seen():
        text = process_file(s, 'mountinfo')
        return text and s.canary in text
    return bool(s.run(f'./attack {how} {s.canary} {point}', look=seen).seen)


@attack('77', 7, 'a file system is mounted: mount', opened_by='--allow-userns')
def _(s):
    return mounted(s, 'new-mount old')


@attack('77b', 7, 'the same by the new calls: fsopen, fsmount, move_mount', opened_by='--allow-userns')
def _(s):
    return mounted(s, 'new-mount new')


@attack('77c', 7, 'the same by the 32-bit ABI', opened_by='--allow-userns')
def _(s):
    narrow(s)
    return mounted(s, '-32 new-mount old')


@attack('77d', 7, 'calls that mount reach the kernel', opened_by=['--syscalls none', '--allow-userns'])
def _(s):
    # open_tree, move_mount, fsconfig, fspick, mount_setattr, umount2, setns
    return s.reaches('open_tree,move_mount,fsconfig,fspick,mount_setattr,umount2,setns',
                     './attack call 428,-1,0,-1 429,-1,0,-1,0,0 431,-1,99 433,-1,0,-1 442,-1,0,0,0,0 166,0,-1 308,-1,0; true')


@attack('78', 7, 'bpf', machine=lambda: None if ROOT else 'unprivileged_bpf_disabled=' + sysctl('kernel/unprivileged_bpf_disabled'))
def _(s):
    return s.opens('anon_inode:bpf-map', './attack bpf')


@attack('78b', 7, 'bpf is asked of the kernel: of an unknown kind', opened_by='--syscalls none')
def _(s):
    return s.reaches('bpf', './attack call 321,9999,0,0')


@attack('82', 7, 'modules and another kernel are loaded', machine=lambda: 'only root may, or this kernel has none')
def _(s):
    return s.reaches('init_module,finit_module,delete_module,kexec_load,kexec_file_load',
                     './attack call 175,0,0,0 313,-1,0,0 176,0,0 246,0,0,0,0x7 320,-1,-1,0,0,0x70; true')


@attack('82b', 7, 'swapping, accounting, quotas and ports are reached', machine=only_root('ask this'))
def _(s):
    return s.reaches('swapon,swapoff,acct,iopl,ioperm', './attack call 167,0,0 168,0 163,1 172,4 173,-1,2,1; true')


@attack('83', 7, 'perf_event_open by the 32-bit ABI', opened_by='--syscalls none')
def _(s):
    narrow(s)
    return s.opens('anon_inode:[perf_event]', './attack -32 perf')


@attack('83b', 7, 'userfaultfd by the 32-bit ABI', opened_by='--syscalls none')
def _(s):
    narrow(s)
    return s.opens('anon_inode:[userfaultfd]', './attack -32 page-faults')


@attack('83c', 7, 'io_uring by the 32-bit ABI', opened_by='--syscalls none')
def _(s):
    narrow(s)
    return s.opens('anon_inode:[io_uring]', './attack -32 ring')


@attack('83d', 7, 'a key by the 32-bit ABI')
def _(s):
    narrow(s)
    return s.reads('./attack -32 key bait; true', wrap=[s.helper, 'keep-key', 'bait', s.canary])


@attack('83e', 7, 'calls of x32, which share their filter\'s architecture with others',
        machine=lambda: 'this kernel has no x32')
def _(s):
    return s.opens('anon_inode:[userfaultfd]', './attack call 0x40000143,1 hold')


@attack('84', 7, 'fanotify', opened_by='--syscalls none')
def _(s):
    return s.opens('anon_inode:[fanotify]', './attack fanotify')


def changed_personality(s, script):
    def seen():
        text = process_file(s, 'personality')
        return text and int(text, 16) & 0x400000
    return bool(s.run(script, look=seen).seen)


@attack('85', 7, 'protections are given up for the programs that follow: personality', opened_by='--allow-syscall personality')
def _(s):
    return changed_personality(s, './attack personality 0x400000')


@attack('85b', 7, 'the same by the 32-bit ABI', opened_by='--allow-syscall personality')
def _(s):
    narrow(s)
    return changed_personality(s, './attack -32 personality 0x400000')


@attack('86', 7, 'the clock is set', opened_by='--syscalls none')
def _(s):
    return s.reaches('clock_settime,settimeofday,adjtimex,clock_adjtime', './attack call 227,0,-1 164,-1,0 159,-1 305,0,-1; true')


@attack('87', 7, 'the machine\'s names are changed', machine=only_root('change them'))
def _(s):
    before = sysctl('kernel/domainname')
    def restore():
        if sysctl('kernel/domainname') != before:
            with open('/proc/sys/kernel/domainname', 'w') as file:
                file.write(before)
    s.undo.append(restore)
    s.run(f'./attack domain-name {s.marker}; ./attack -32 domain-name {s.marker}')
    return sysctl('kernel/domainname') != before


@attack('81b', 7, 'a protocol of the rarer ones is asked for, which brings its code in: MPTCP', opened_by='--allow-syscall socket',
        machine=lambda: None if os.path.exists('/proc/sys/net/mptcp') else 'this kernel has no MPTCP')
def _(s):
    return any(answer.isdigit() for answer in s.answers('socket', './attack call 41,2,1,262', only='MPTCP'))


@attack('81c', 7, 'the code of bridges and VLANs is asked for, of a socket', opened_by='--syscalls none')
def _(s):
    return s.reaches('ioctl', './attack call 16,0,0x8940 16,0,0x8941 16,0,0x8982 16,0,0x8983 16,0,0x89a0 16,0,0x89a1; true')


@attack('42c', 7, 'the keys of encrypted directories are taken from the user, or added: fscrypt', opened_by='--syscalls none')
def _(s):
    return s.reaches('ioctl', './attack call 16,0,0xc0506617 16,0,0xc0406618 16,0,0xc0406619 16,0,0x800c6613; true')


@attack('75e', 7, 'a group is made in a cgroup of the caller\'s, by namespaces',
        machine=lambda: None if ROOT else 'the caller has no cgroup of its own')
def _(s):
    tops = [row.split()[1] for row in Path('/proc/mounts').read_text().splitlines() if row.split()[2] in ('cgroup', 'cgroup2')]
    if not tops:
        raise Cannot('no cgroups are mounted here')
    s.run(f'./attack make-groups {s.canary}; true')
    made = [os.path.join(directory, s.canary) for top in tops for directory, names, _ in os.walk(top) if s.canary in names]
    for group in made:
        os.rmdir(group)
    return bool(made)


@attack('42d', 7, 'subvolumes are made, snapshotted, removed or made read-only: btrfs, bcachefs', opened_by='--syscalls none')
def _(s):
    return s.reaches('ioctl', './attack call 16,0,0x50009401 16,0,0x5000940e 16,0,0x5000940f 16,0,0x50009417 16,0,0x50009418 16,0,0x4008941a '
                     '16,0,0xc0c89425 16,0,0x5000943f 16,0,0x4030bc10; true')


@attack('88', 7, 'what the keys that restart the machine do is changed: reboot', machine=only_root('change it'))
def _(s):
    before = sysctl('kernel/ctrl-alt-del')
    def restore():
        if sysctl('kernel/ctrl-alt-del') != before:
            with open('/proc/sys/kernel/ctrl-alt-del', 'w') as file:
                file.write(before)
    s.undo.append(restore)
    other = '0' if before == '1' else '1'
    s.run(f'./attack restart-keys {other}; ./attack -32 restart-keys {other}')
    return sysctl('kernel/ctrl-alt-del') != before


# Class 8, exhaustion.


MANY = 9000


@attack('91', 8, 'more processes are started than any build needs', opened_by=f'--rlimit nproc={MANY + 10}', slow=True,
        documented='or any number where root runs' if ROOT else '')
def _(s):
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    if most != resource.RLIM_INFINITY and most < MANY + 10:
        raise Cannot(f'{most} processes are the most that the caller may have')
    begun = s.run(f'./attack many {MANY}', look=lambda: len(descendants(s.pid))).seen
    if s.control and begun < MANY:
        raise Cannot(f'this machine lets nobody start more than {begun} processes')
    return begun > 8192 + 1 # the process that runs the command is outside


def space(s, measure, *names):
    """The size of all file systems that hold directories inside, in parts of memory."""
    with open('/proc/meminfo') as file:
        memory = int(file.readline().split()[1]) * 1024
    def look():
        pid = next(pid for pid in descendants(s.pid) if s.program_of(pid) == 'attack')
        paths = [f'/proc/{pid}/root{name}' for name in names]
        return sum({os.stat(path).st_dev: measure(os.statvfs(path)) for path in paths}.values()) / memory
    return s.run('./attack hold', look=look).seen


def room(s, *names):
    return space(s, lambda it: it.f_blocks * it.f_frsize, *names)


@attack('93', 8, 'memory is filled with files in /tmp and /var/tmp')
def _(s):
    return room(s, '/tmp', '/var/tmp') > 0.34


@attack('93b', 8, 'memory is filled with files in /dev/shm, home and /run')
def _(s):
    return room(s, '/dev/shm', s.home, '/run') > 0.34


@attack('93c', 8, 'memory is filled with empty files, of which each takes 1 KB')
def _(s):
    return space(s, lambda it: 1024 * it.f_files or float('inf'), '/tmp', '/var/tmp', '/dev/shm', s.home, '/run', '/dev') > 0.13


@attack('92', 8, 'memory is filled by processes, with files that have no name among others', documented='it may use as much of the processor and memory as you may')
def _(s):
    def look():
        return any(row.startswith('Max address space') and 'unlimited' in row for row in process_file(s, 'limits').splitlines())
    return s.run('./attack hold', look=look).seen


def stays(s, left):
    """Is it still true a while later?"""
    return not soon(lambda: not left(), 0.3 if s.control else 5)


@attack('92b', 8, 'memory that no process has any more is left: shared memory of System V, files in /dev/shm', slow=True)
def _(s):
    size = (1 << 25) + 4096 * (1 + secrets.randbelow(1 << 12))
    def segments():
        with open('/proc/sysvipc/shm') as file:
            return [row.split()[1] for row in file if row.split()[3] == str(size)]
    def clean():
        for segment in segments():
            subprocess.run(['ipcrm', '-m', segment])
        with contextlib.suppress(FileNotFoundError):
            os.unlink('/dev/shm/' + s.marker)
    s.undo.append(clean)
    # In another namespace they would be out of sight, but they end with it, and it with its processes.
    s.run(f'./attack leave-memory {size}; head -c {size} /dev/zero >/dev/shm/{s.marker}; setsid {s.sleep} >/dev/null 2>&1 </dev/null &')
    return bool(segments()) or os.path.exists('/dev/shm/' + s.marker) or lives(s)


@attack('97', 8, 'open files are left in the kernel\'s table')
def _(s):
    # All are of one FIFO, of which this has the other end.
    os.mkfifo(s.work + '/fifo')
    both = os.open(s.work + '/fifo', os.O_RDWR)
    writing = os.open(s.work + '/fifo', os.O_WRONLY)
    s.undo.append(lambda: os.close(writing))
    wanted = min(20000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100)
    def end():
        for pid in s.sleepers():
            os.kill(pid, signal.SIGKILL)
    s.undo.append(end)
    s.run(f'({s.sleep} | setsid ./attack many-files {wanted} fifo) >opened 2>&1 & until grep -qs ready opened; do sleep 0.02; done')
    os.close(both)
    poll = select.poll()
    poll.register(writing, 0) # an error: nobody has it open to read
    return stays(s, lambda: not poll.poll(0))


@attack('97d', 8, 'the machine\'s pseudo-terminals are used up')
def _(s):
    return s.run('./attack many-files 700 /dev/ptmx', look=lambda: s.count('/dev/ptmx', '/dev/pts/ptmx', '/ptmx') > 500).seen


@attack('97b', 8, 'the keys that the user may have are used up', opened_by='--allow-syscall @keyring')
def _(s):
    if not os.path.exists('/proc/keys'):
        raise Cannot('this kernel has no keys')
    def keys():
        with open('/proc/keys') as file:
            return sum(s.marker in row for row in file)
    return s.run(f'./attack fill-keys 100 {s.marker}', look=lambda: keys() > 80, wrap=['setsid']).seen


@attack('97c', 8, 'the bytes that the user may have in message queues are used up', slow=True,
        documented="What the kernel counts for each user, such as message queues, pipes, timers,")
def _(s):
    def refused():
        bait = subprocess.run([s.helper, 'keep-queue', f'/bait{s.marker}', 'text'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        return b'ready' not in bait.stdout
    return not refused() and s.run(f'./attack fill-queues 1000 {s.marker}', look=refused, options=['--mqueue', '/run/queues'] if s.has_options() else []).seen


@attack('98', 8, 'memory outside fills with output that nobody reads', machine=lambda: 'nothing stands between the command and its terminal')
def _(s):
    def resident():
        time.sleep(0.5)
        return max((int((status_of(pid, 'VmRSS') or '0').split()[0]) for pid in descendants(s.pid) if status_of(pid, 'Name') in ('sandbox', 'bwrap')), default=0)
    flood = 'head -c 500000 /dev/zero | tr "\\0" x'
    s.on_terminal(f'{flood}; echo ready; {flood}', meanwhile=resident)
    return s.seen > 8000


# Class 9, what is open to everybody, and is said to be.


@attack('10c', 9, 'standard input, a file that was opened to be read, gets another mode', documented='it can change its mode, times and attributes, even if')
def _(s):
    path = s.file('outside/input', mode=0o600)
    with open(path) as file:
        return s.changes(path, 'chmod 666 /proc/self/fd/0; true', stdin=file)


@attack('10d', 9, 'standard input is written to, which lies in a read-only part of a writable directory', documented='if a directory above it is visible and writable')
def _(s):
    path = s.file('home/work/part/input')
    options = ['--ro-bind', os.path.dirname(path), os.path.dirname(path)] if s.has_options() else []
    with open(path) as file:
        return s.changes(path, '(echo evil >/proc/self/fd/0); true', stdin=file, options=options)


@attack('10e', 9, 'standard input, a pipe, is opened again to be written', documented='it can open in the other direction on every kernel')
def _(s):
    out, into = os.pipe()
    s.undo += [lambda: os.close(out), lambda: os.close(into)]
    s.run(f'echo {s.canary} >/proc/self/fd/0; true', stdin=out)
    os.set_blocking(out, False)
    with contextlib.suppress(BlockingIOError):
        return s.canary.encode() in os.read(out, 999)
    return False


@attack('10f', 9, 'standard output, a log that was opened to append, is emptied', documented='it can also truncate, and overwrite')
def _(s):
    with open(s.file('outside/log'), 'ab') as log:
        s.run(argv=['./attack', 'call', '77,1,0'], stdout=log, ran=False) # ftruncate
    return not os.path.getsize(log.name)


@attack('50u', 9, 'standard input, a unix socket, tells of the host\'s interfaces', documented='the names and addresses of its interfaces')
def _(s):
    near, far = socket.socketpair()
    s.undo += [near.close, far.close]
    index = next(number for number, name in socket.if_nameindex() if name == 'lo')
    return s.run(f'./attack interface {index}; true', stdin=far).out.startswith(b'lo')


@attack('74c', 9, 'a crash is handed to a handler that listens at a socket', documented='that listens at a socket', slow=True, # and alone: there is one pattern
        machine=lambda: 'only root may set a handler, from Linux 6.16 on')
def _(s):
    if not ROOT:
        raise Cannot('only root may set a handler')
    handler, before = os.path.join(s.dir, 'core'), sysctl('kernel/core_pattern')
    came = s.listen(socket.AF_UNIX, handler)
    def pattern(text):
        with open('/proc/sys/kernel/core_pattern', 'w') as file:
            file.write(text)
    s.undo.append(lambda: pattern(before))
    try:
        pattern('@' + handler)
    except OSError as error:
        raise Cannot(f'core_pattern cannot be set: {error.strerror}')
    s.run('./attack crash; true')
    return came()


@attack('23c', 9, 'the arguments of other processes are read, in a container that covers parts of its /proc', documented='the command lines of processes outside')
def _(s):
    s.spawn('sh', '-c', 'read line', s.canary)
    return s.reads('cat /proc/[0-9]*/cmdline; true', wrap=covered(s))


@attack('35', 9, 'a service is reached by its socket in a read-only bind', documented='connecting to a socket, from taking locks')
def _(s):
    came = s.listen(socket.AF_UNIX, os.path.join(s.outside, 's'))
    s.run(f'./attack reach {s.outside}/s; true', options=read_only(s))
    return came()


@attack('64', 9, 'who opens a file that is shown is heard of', documented='who opens visible files, and when')
def _(s):
    path = s.file('outside/' + s.canary, 'text')
    def look():
        with open(path):
            time.sleep(0.1)
    return s.leaked(s.run(f'exec ./attack watch {s.outside}', look=look, options=read_only(s)))


@attack('95', 9, 'a file that may be read is locked', documented='from taking locks that others wait for')
def _(s):
    path = s.file('outside/file')
    def look():
        with open(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
    return s.run(f'exec flock {path} ./attack hold', look=look, options=read_only(s)).seen
