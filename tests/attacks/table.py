# SPDX-License-Identifier: MIT
"""The attacks: each lays bait, lets a hostile command at it, and says whether the bait was taken, decided outside."""
import os, re, signal, socket, stat, subprocess, time
from engine import ROOT, Cannot, attack, only_root, status_of, sysctl, descendants

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
    return s.reads(f'cat <&{fd}; true', fds=[fd])


@attack('07b', 2, 'a socket that was left open is written to')
def _(s):
    here, there = socket.socketpair()
    s.undo += [here.close, there.close]
    here.setblocking(False)
    s.run(f'(echo evil >&{there.fileno()}); true', fds=[there.fileno()])
    try:
        return here.recv(9) == b'evil\n'
    except BlockingIOError:
        return False


@attack('07g', 2, 'a descriptor that is granted', opened_by='--keep-fd 77')
def _(s):
    fd = os.open(s.file('granted/secret'), os.O_RDONLY)
    os.dup2(fd, 77)
    s.undo += [lambda: os.close(fd), lambda: os.close(77)]
    return s.reads('cat /proc/self/fd/77; true', fds=[77])


@attack('08', 2, 'a working directory that is the whole home is read')
def _(s):
    s.file('home/secret')
    return s.reads('cat secret ./secret ../home/secret; true', cwd=s.home)


@attack('10', 2, 'standard output, a log that was opened to append, is opened again to be read')
def _(s):
    with open(s.file('outside/log'), 'ab') as log:
        s.run('exec 3>&1; head -c 100 /proc/self/fd/3 >stolen; head -c 100 /dev/fd/3 >>stolen; true', stdout=log)
    with open(os.path.join(s.work, 'stolen')) as file:
        return s.canary in file.read()


@attack('10b', 2, 'standard input, a file that was opened to be read, is opened again to be written')
def _(s):
    path = s.file('outside/input')
    with open(path) as file:
        return s.changes(path, '(echo evil >/proc/self/fd/0); (echo evil >>/dev/stdin); truncate -s 0 /proc/self/fd/0; true', stdin=file)


@attack('12', 2, 'capabilities that are inherited as ambient ones are kept')
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


@attack('17', 2, 'the arguments are read of the processes that run the command')
def _(s):
    if s.control:
        return s.reads('cat /proc/[0-9]*/cmdline; true', wrap=['sh', '-c', '"$@"; exit', s.canary])
    return s.reads('cat /proc/[0-9]*/cmdline; true', options=['--setenv', 'TOKEN', s.canary, '--unsetenv', 'TOKEN'])


@attack('21', 2, 'the caller\'s process group is signalled')
def _(s):
    mate = None
    def into_group():
        os.setpgid(0, mate.pid)
    mate = s.spawn('sleep', '60', preexec_fn=os.setpgrp)
    s.run('./attack group signal; true', setup=into_group, ran=False, same_session=True)
    time.sleep(0.05)
    return mate.poll() is not None


@attack('22', 2, 'the priority of the caller\'s process group is lowered')
def _(s):
    mate = s.spawn('sleep', '60', preexec_fn=os.setpgrp)
    s.run('./attack group nice; true', setup=lambda: os.setpgid(0, mate.pid), same_session=True)
    return os.getpriority(os.PRIO_PROCESS, mate.pid) != os.getpriority(os.PRIO_PROCESS, 0)


@attack('42', 2, 'a key of the session\'s keyring is read')
def _(s):
    return s.reads('./attack key bait; true', wrap=[s.helper, 'keep-key', 'bait', s.canary])


# Class 3, our own program.


@attack('13', 3, 'words of the command that look like options open something')
def _(s):
    s.file('outside/secret')
    return s.reads('', argv=['sh', '-c', f'cat "{s.outside}/secret"; echo "$0"', s.marker, '--ro-bind', s.outside, s.outside, '--share-net'])


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
    time.sleep(0.1)
    return os.path.getsize(victim) != before.st_size


@attack('18', 3, 'the memory of the processes that run the command, and of others, is read: /proc/PID/mem, process_vm_readv, ptrace')
def _(s):
    victim = s.spawn(s.helper, 'victim', s.canary, ready=True)
    return s.reads(f'for how in mem vm ptrace; do ./attack memory $how {victim.pid} {s.near}; done', env={'SECRET_TOKEN': 'BAIT=' + s.canary})


@attack('18b', 3, 'descriptors of other processes are taken: pidfd_getfd')
def _(s):
    path = s.file('outside/secret')
    victim = s.spawn('sh', '-c', f'exec 9<"{path}"; echo ready; read line', ready=True)
    return s.reads(f'./attack getfd {victim.pid} {s.near}')


@attack('20', 3, 'a process of the host\'s is killed, by each call that can')
def _(s):
    victim = s.spawn('sleep', '60')
    s.run(f'./attack signals {victim.pid}')
    time.sleep(0.05)
    return victim.poll() is not None


@attack('20b', 3, 'the process that runs the command is killed before it can say how the command ended')
def _(s):
    wrap = ['sh', '-c', '"$@"; exit 42', 'sh'] if s.control else []
    argv = ['sh', '-c', 'kill -KILL "$PPID" 1; ./attack signals 1 "$PPID"; exit 42'] if not s.control else ['sh', '-c', './attack signals "$PPID"; exit 42']
    return s.run('', argv=argv, wrap=wrap, ran=False).code != 42


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


@attack('70', 5, 'set-uid and set-gid files are left behind', opened_by='--allow-suid')
def _(s):
    s.run('./attack suid')
    return any(os.lstat(os.path.join(s.work, name)).st_mode & 0o6000 for name in os.listdir(s.work))


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
