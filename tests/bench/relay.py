#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""relay.py ROUNDS PROGRAM BWRAP...: what the relay of a terminal costs, beside the same terminal without one.

For each way to run a command on a terminal that we read: MB a second of output, its milliseconds of processor time a MB (of the
command, the sandbox and who reads the terminal), and microseconds from a key to its echo by a program that reads keys one by one.
All take turns; a line for each: median and quartiles. Where other programs run, only the processor time can be compared.
"""
import os, pty, statistics, sys, time, tty

rounds, sandbox, peers = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
SIZE, KEYS = 64 << 20, 2000
ECHO = 'import os\nos.write(1, b"ready")\nwhile letter := os.read(0, 1): os.write(1, letter)'
WAYS = {'no sandbox': [], 'sandbox': [sandbox], 'sandbox --share-tty': [sandbox, '--share-tty']}
WAYS.update({peer: [peer, '--dev-bind', '/', '/'] for peer in peers})


def on_terminal(words):
    pid, terminal = pty.fork()
    if not pid:
        tty.setraw(0)
        os.execvp(words[0], words)
    return pid, terminal


def until(terminal, text):
    seen = b''
    while text not in seen:
        seen += os.read(terminal, 4096)


def output(way):
    pid, terminal = on_terminal([*way, 'sh', '-c', f'printf ready; head -c {SIZE} /dev/zero; read line'])
    until(terminal, b'ready')
    begun, used, left = time.perf_counter(), time.process_time(), SIZE - 4096
    while left > 0:
        left -= len(os.read(terminal, 65536))
    took, used = time.perf_counter() - begun, time.process_time() - used
    return SIZE / took / 1e6, (used + end(pid, terminal)) / SIZE * 1e9


def keys(way):
    pid, terminal = on_terminal([*way, 'python3', '-c', ECHO])
    until(terminal, b'ready')
    begun = time.perf_counter()
    for _ in range(KEYS):
        os.write(terminal, b'x')
        os.read(terminal, 16)
    took = time.perf_counter() - begun
    end(pid, terminal)
    return took / KEYS * 1e6


def end(pid, terminal):
    os.close(terminal)
    usage = os.wait4(pid, 0)[2]
    return usage.ru_utime + usage.ru_stime


found = {name: ([], [], []) for name in WAYS}
for _ in range(rounds):
    for name, way in WAYS.items():
        for values, value in zip(found[name], (*output(way), keys(way))):
            values.append(value)
for name, all_three in found.items():
    text = ['%6.3g (%.3g to %.3g)' % (statistics.median(values), *statistics.quantiles(values, n=4)[::2]) for values in all_three]
    print(f'{text[0]} MB/s  {text[1]} ms a MB  {text[2]} us a key  {name}')
