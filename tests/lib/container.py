#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""container.py DIR [OPTION...] -- COMMAND...

Runs COMMAND in a container that runc makes as Docker and Kubernetes have theirs, in the network of its own, with this machine's /usr, and
DIR/bin as /bin/here. Needs root but for --rootless.

--uid N       who runs COMMAND (0); 0 has the capabilities that Docker leaves it
--masked      maskedPaths, which cover parts of /proc
--read-only   readonlyPaths, which make parts of /proc read-only
--filter      a seccomp filter that refuses what Docker's does
--proc WORDS  mount options of /proc
--rootless    as the ordinary user who calls, who is root inside
"""
import argparse, json, os, shutil, sys, tempfile

MASKED = ['/proc/' + name for name in ('acpi', 'asound', 'interrupts', 'kcore', 'keys', 'latency_stats', 'sched_debug', 'scsi', 'timer_list', 'timer_stats')]
MASKED += ['/sys/devices/virtual/powercap', '/sys/firmware']
READ_ONLY = ['/proc/' + name for name in ('bus', 'fs', 'irq', 'sys', 'sysrq-trigger')]
CAPABILITIES = ['CAP_' + name for name in ('AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW',
                                           'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT')]
REFUSED = ('add_key bpf fsconfig fsmount fsopen fspick keyctl mount mount_setattr move_mount open_by_handle_at open_tree perf_event_open pivot_root '
           'request_key setns umount2 unshare userfaultfd').split()
NEW = 0x7e020000 # each kind of namespace, a bit of clone's flags


def mount(destination, kind, source=None, *options):
    return {'destination': destination, 'type': kind, 'source': source or kind, 'options': list(options)}


def filter_of_docker():
    refuse = {'action': 'SCMP_ACT_ERRNO', 'errnoRet': 1}
    flags = [{'index': 0, 'value': 1 << bit, 'valueTwo': 1 << bit, 'op': 'SCMP_CMP_MASKED_EQ'} for bit in range(32) if NEW >> bit & 1]
    return {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': REFUSED, **refuse}, {'names': ['clone3'], **refuse, 'errnoRet': 38},
                                                            *({'names': ['clone'], 'args': [flag], **refuse} for flag in flags)]}


def config(given):
    own = [] if given.rootless else ['gid=5']
    usual = ['nosuid', 'noexec', 'nodev']
    sys_fs = mount('/sys', 'none', '/sys', 'rbind', 'ro', *usual) if given.rootless else mount('/sys', 'sysfs', None, 'ro', *usual)
    linux = {'namespaces': [{'type': kind} for kind in ('pid', 'network', 'ipc', 'uts', 'mount', *(['user'] if given.rootless else []))],
             'maskedPaths': MASKED if given.masked else [], 'readonlyPaths': READ_ONLY if given.read_only else []}
    if given.rootless:
        linux['uidMappings'] = [{'containerID': 0, 'hostID': os.getuid(), 'size': 1}]
        linux['gidMappings'] = [{'containerID': 0, 'hostID': os.getgid(), 'size': 1}]
    if given.filter:
        linux['seccomp'] = filter_of_docker()
    held = [] if given.uid else CAPABILITIES
    return {
        'ociVersion': '1.0.2', 'hostname': 'container', 'linux': linux, 'root': {'path': 'root'},
        'process': {'user': {'uid': given.uid, 'gid': given.uid}, 'cwd': '/work', 'args': given.command,
                    'env': ['PATH=/here:/usr/bin:/bin:/usr/sbin:/sbin', 'LC_ALL=C', 'HOME=' + ('/home/user' if given.uid else '/root')],
                    'capabilities': {'bounding': CAPABILITIES, 'effective': held, 'permitted': held}},
        'mounts': [mount('/proc', 'proc', None, *usual, *filter(None, [given.proc])), sys_fs,
                   mount('/dev', 'tmpfs', None, 'nosuid', 'mode=755', 'size=1m'),
                   mount('/dev/pts', 'devpts', None, 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', *own),
                   mount('/dev/shm', 'tmpfs', None, *usual, 'mode=1777'), mount('/dev/mqueue', 'mqueue', None, *usual),
                   mount('/usr', 'bind', '/usr', 'rbind', 'ro'), mount('/here', 'bind', os.path.join(given.dir, 'bin'), 'rbind', 'ro')]}


def make_root(path):
    for name in ('usr', 'etc', 'proc', 'sys', 'dev', 'here', 'run', 'home', 'home/user', 'root', 'work', 'tmp'):
        os.mkdir(os.path.join(path, name))
    for name in ('bin', 'sbin', 'lib', 'lib64'):
        os.symlink('usr/' + name, os.path.join(path, name))
    for name in ('work', 'tmp', 'home/user'):
        os.chmod(os.path.join(path, name), 0o1777)
    with open(os.path.join(path, 'etc/passwd'), 'w') as file:
        file.write('root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('dir')
    parser.add_argument('--uid', type=int, default=0)
    parser.add_argument('--proc')
    for name in ('masked', 'read-only', 'filter', 'rootless'):
        parser.add_argument('--' + name, action='store_true')
    parser.add_argument('command', nargs='+')
    given = parser.parse_args()
    os.umask(0o022)
    bundle = tempfile.mkdtemp(prefix='bundle.', dir=os.environ.get('TMPDIR'))
    os.chmod(bundle, 0o755)
    try:
        os.mkdir(os.path.join(bundle, 'root'))
        make_root(os.path.join(bundle, 'root'))
        with open(os.path.join(bundle, 'config.json'), 'w') as file:
            json.dump(config(given), file)
        # Where cgroups cannot be made it does without.
        words = ['runc', '--rootless', 'true', '--root', os.path.join(bundle, 'state'), 'run', '--bundle', bundle, os.path.basename(bundle)]
        return os.spawnvp(os.P_WAIT, 'runc', words)
    finally:
        shutil.rmtree(bundle, ignore_errors=True)


sys.exit(main())
