#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py [--tool NAME] [--base DIR] [--class N] [--option='WORDS'... | --opened | --beside NAME | --verdicts] [NUMBER...]

Runs the attacks of table.py, as whoever calls. Without an option each must be taken with no sandbox and held by the
tool, or taken by it too where the row has the manual's words for that. --opened: each option that a row names opens that row. --option: with these words in the command line the rows
that name them are taken, and no other. --beside: what the other tool holds the tool holds, too. --verdicts: prints a
row a line, number, class, verdict and name with tabs between, and judges nothing. Tools are engine.py's. SANDBOX is the program, ATTACK attack.c compiled.
"""
import argparse, concurrent.futures, os, shutil, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import engine, table
from engine import HERE, TABLE


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tool', default='sandbox')
    parser.add_argument('--base', default=None)
    parser.add_argument('--class', type=int, dest='group')
    parser.add_argument('--option', action='append', default=[])
    parser.add_argument('--beside')
    parser.add_argument('--opened', action='store_true')
    parser.add_argument('--verdicts', action='store_true')
    parser.add_argument('--times', action='store_true')
    parser.add_argument('--jobs', type=int, default=4)
    parser.add_argument('numbers', nargs='*')
    return parser.parse_args()


class Bench:
    def __init__(self, base, tool):
        self.base, self.tool = base, tool
        with open(os.path.join(HERE, '../../sandbox.1')) as file:
            self.manual = file.read()
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

    def line(self, row, fault, note=''):
        return bool(fault), f"{'not ok' if fault else 'ok'} {row.number} {row.name}{': ' + fault if fault else ''}{' # ' + note if note else ''}"

    def judge(self, row):
        """The control is taken, or the machine says by name why not; the tool holds."""
        verdict, why = self.attempt(row, 'none')
        reason = row.machine and row.machine() if verdict == 'held' else why if verdict == 'cannot' else None
        if verdict == 'broken' or (verdict != 'taken' and not reason):
            return [self.line(row, f'with no sandbox it is {verdict} {why}')]
        note = f'with no sandbox, too: {reason}' if verdict != 'taken' else ''
        if row.documented not in self.manual:
            return [self.line(row, f'the manual does not say "{row.documented}"')]
        verdict, why = self.attempt(row, self.tool)
        expected = 'taken' if row.documented else 'held'
        fault = '' if verdict == expected or verdict == 'cannot' and note else f'{verdict}, expected {expected} {why}'
        return [self.line(row, fault, note or row.documented and f'taken, and the manual says so: {row.documented}')]

    def judge_option(self, row, option, expected):
        verdict, why = self.attempt(row, self.tool, option)
        reason = row.machine and row.machine() if verdict == 'held' and expected == 'taken' else why if verdict == 'cannot' else None
        good = verdict == expected or reason
        return self.line(row, '' if good else f'{verdict} with {option}, expected {expected} {why}', f'with no sandbox, too: {reason}' if reason else '')

    def judge_opened(self, row):
        """Every option that the row names opens it: the attack works in the sandbox, and is what is held otherwise."""
        return [self.judge_option(row, option, 'taken') for option in row.opened_by]

    def judge_others(self, row, options):
        """Options open the rows that name one of them, and no other."""
        return [] if row.slow else [self.judge_option(row, ' '.join(options), 'taken' if row.documented or set(options) & set(row.opened_by) else 'held')]

    def judge_beside(self, row, other):
        if row.slow:
            return []
        verdict, why = self.attempt(row, self.tool)
        for _ in range(3): # what the other holds it holds each time; where one did not run, there is no verdict yet
            its = self.attempt(row, other)[0]
            if its == 'taken' or verdict in (its, 'held', 'cannot'):
                return [self.line(row, '')]
            if verdict == 'broken':
                verdict, why = self.attempt(row, self.tool)
        return [self.line(row, f'{verdict} by {self.tool}, {its} by {other} {why}')]

    def verdict(self, row):
        verdict, why = self.attempt(row, self.tool)
        return [(False, f'{row.number}\t{row.group}\t{verdict}\t{row.name}' + (f' ({why})' if why else ''))]


def main():
    given = arguments()
    with tempfile.TemporaryDirectory(prefix='attacks.', dir=given.base) as base:
        os.chmod(base, 0o755)
        bench = Bench(base, given.tool)
        engine.keep_open()
        def one(row):
            start = time.time()
            lines = bench.verdict(row) if given.verdicts else bench.judge_opened(row) if given.opened else \
                bench.judge_others(row, given.option) if given.option else \
                bench.judge_beside(row, given.beside) if given.beside else bench.judge(row)
            return [(bad, text + (f' ({time.time() - start:.2f} s)' if given.times else '')) for bad, text in lines]
        rows = [row for row in TABLE if given.group in (None, row.group) and (not given.numbers or row.number in given.numbers)]
        done = failed = 0
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool: # they wait more than they work
            for lines in pool.map(one, rows):
                for bad, text in lines:
                    done, failed = done + 1, failed + bad
                    print(text, flush=True)
    if not given.verdicts:
        print(f'{done - failed} passed, {failed} failed')
    return failed > 0 or not done


sys.exit(main())
