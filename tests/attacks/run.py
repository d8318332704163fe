#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py [--tool NAME] [--base DIR] [--class N] [--option 'WORDS' | --opened | --verdicts] [NUMBER...]

Runs the attacks of table.py, as whoever calls. Without an option each must be taken with no sandbox and held by the
tool. --opened: each option that a row names opens that row. --option: with these words in the command line the rows
that name them are taken, and no other. --verdicts: prints a row a line, number, class, verdict and name with tabs
between, and judges nothing; for any tool. SANDBOX is the program, ATTACK attack.c compiled.
"""
import argparse, os, shutil, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import engine, table
from engine import HERE, TABLE


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tool', default='sandbox')
    parser.add_argument('--base', default=None)
    parser.add_argument('--class', type=int, dest='group')
    parser.add_argument('--option')
    parser.add_argument('--opened', action='store_true')
    parser.add_argument('--verdicts', action='store_true')
    parser.add_argument('--times', action='store_true')
    parser.add_argument('numbers', nargs='*')
    return parser.parse_args()


class Bench:
    def __init__(self, base, tool):
        self.base, self.tool, self.failed, self.done = base, tool, 0, 0
        self.tools = engine.Tools(os.environ.get('SANDBOX', os.path.join(HERE, '../../sandbox')))
        os.makedirs(os.path.join(base, 'bin'))
        for name in ('sandbox', 'bwrap'):
            shutil.copy(self.tools.program, os.path.join(base, 'bin', name))
        self.helper = os.path.join(base, 'attack')
        if 'ATTACK' in os.environ:
            shutil.copy(os.environ['ATTACK'], self.helper)
            return
        subprocess.run(['cc', '-static', '-O1', '-w', '-o', self.helper, os.path.join(HERE, 'attack.c')], check=True)

    def attempt(self, row, tool, options=''):
        return engine.attempt(row, self.tools, tool, options, self.base, self.helper)

    def say(self, row, fault, note=''):
        self.done += 1
        self.failed += bool(fault)
        print(f"{'not ok' if fault else 'ok'} {row.number} {row.name}{': ' + fault if fault else ''}{' # ' + note if note else ''}", flush=True)

    def judge(self, row):
        """The control is taken, or the machine says by name why not; the tool holds."""
        verdict, why = self.attempt(row, 'none')
        reason = row.machine and row.machine() if verdict == 'held' else why if verdict == 'cannot' else None
        if verdict == 'broken' or (verdict != 'taken' and not reason):
            return self.say(row, f'with no sandbox it is {verdict} {why}')
        note = f'with no sandbox, too: {reason}' if verdict != 'taken' else ''
        verdict, why = self.attempt(row, self.tool)
        self.say(row, '' if verdict == 'held' or verdict == 'cannot' and note else f'{verdict} {why}', note)

    def judge_opened(self, row):
        """Every option that the row names opens it: the attack works in the sandbox, and is what is held otherwise."""
        for option in row.opened_by:
            if option.startswith('--'):
                verdict, why = self.attempt(row, self.tool, option)
                reason = row.machine and row.machine() if verdict == 'held' else why if verdict == 'cannot' else ''
                self.say(row, '' if verdict == 'taken' or reason else f'{verdict} with {option} {why}', reason and f'with no sandbox, too: {reason}')

    def judge_option(self, row, option):
        verdict, why = self.attempt(row, self.tool, option)
        expected = 'taken' if option in row.opened_by else 'held'
        reason = row.machine and row.machine() if verdict == 'held' else None
        self.say(row, '' if verdict in (expected, 'cannot') or reason else f'{verdict} with {option}, expected {expected} {why}')

    def verdict(self, row):
        verdict, why = self.attempt(row, self.tool)
        print(row.number, row.group, verdict, row.name + (f' ({why})' if why else ''), sep='\t', flush=True)


def main():
    given = arguments()
    with tempfile.TemporaryDirectory(prefix='attacks.', dir=given.base) as base:
        os.chmod(base, 0o755)
        bench = Bench(base, given.tool)
        for row in TABLE:
            if (given.group and row.group != given.group) or (given.numbers and row.number not in given.numbers):
                continue
            start = time.time()
            if given.verdicts:
                bench.verdict(row)
            elif given.opened:
                bench.judge_opened(row)
            elif given.option:
                if not row.slow:
                    bench.judge_option(row, given.option)
            else:
                bench.judge(row)
            if given.times:
                print(f'# {time.time() - start:.2f} s', flush=True)
    if not given.verdicts:
        print(f'{bench.done - bench.failed} passed, {bench.failed} failed')
    return bench.failed > 0 or not (bench.done or given.verdicts)


sys.exit(main())
