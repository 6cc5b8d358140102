# SPDX-License-Identifier: Apache-2.0
"""mtksim: what it says about itself, and what it refuses to understand."""
import glob
import os
import re
import unittest

from programs import Case, events, run

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
COMMANDS = ('run', 'make-rom', 'boot', 'poke', 'chips')


class Help(Case):
    def test_help(self):
        done = self.expect(0, 'mtksim', '--help')
        self.assertTrue(done.stdout.startswith('Usage: mtksim COMMAND'))
        self.assertEqual(done.stderr, '')
        for command in COMMANDS:
            self.assertIn(f'\n  {command} ', done.stdout)

    def test_help_of_commands(self):
        for command in COMMANDS:
            text = self.expect(0, 'mtksim', command, '--help').stdout
            self.assertTrue(text.startswith(f'Usage: mtksim {command}'), text)
            self.assertIn('--help', text)
            self.assertIn('Exit codes:', text)
            self.assertEqual(text, self.expect(0, 'mtksim', 'help', command).stdout)

    def test_run_names_every_option_of_the_contract(self):
        text = self.expect(0, 'mtksim', 'run', '--help').stdout
        for option in ('chip', 'boot', 'storage', 'state', 'rom', 'security', 'seed', 'uart', 'record', 'listen',
                       'expose', 'fault', 'set', 'once', 'phones'):
            self.assertRegex(text, rf'\n  --{option}\b')

    def test_version(self):
        self.assertRegex(self.expect(0, 'mtksim', '--version').stdout, r'^mtksim \(mtkproof\) \d+\.\d+\.\d+\n')


class Refusals(Case):
    def refused(self, words, text):
        """Exit 2, nothing on stdout, and on stderr what is wrong and where to read on."""
        done = self.expect(2, 'mtksim', *words)
        self.assertEqual(done.stdout, '')
        self.assertIn(text, done.stderr)
        self.assertRegex(done.stderr, r"Try 'mtksim .*--help'")

    def test_commands(self):
        self.refused([], 'which command')
        self.refused(['fly'], "no command 'fly'")
        self.refused(['--fly'], "no option '--fly'")
        self.refused(['help', 'fly'], "no command 'fly'")

    def test_options(self):
        for command in COMMANDS:
            self.refused([command, '--fly'], '--fly')
        self.refused(['run', '--chip'], '--chip wants a value')
        self.refused(['run', '--listen', 'pty', 'word'], "'word'")
        self.refused(['chips', 'word'], "'word'")
        self.refused(['boot'], '--state')
        self.refused(['chips', '--json=1'], '--json')

    def test_run(self):
        self.refused(['run'], '--listen')
        self.refused(['run', '--listen', 'pty', '--chip', 'mt0000'], 'mt0000')
        self.refused(['run', '--listen', 'pty', '--boot', 'system'], 'brom or preloader')
        self.refused(['run', '--listen', 'pty', '--seed', '-1'], '--seed')
        self.refused(['run', '--listen', 'pty', '--storage-size', '8X'], '--storage-size')
        self.refused(['run', '--listen', 'pty', '--fault', 'rain'], 'rain')
        self.refused(['run', '--listen', 'usbip', '--phones', '0'], '--phones 0: 1 to')
        self.refused(['run', '--listen', 'usbip', '--phones', '2', '--record', 'x'], '--record takes one phone')

    def test_make_rom(self):
        self.refused(['make-rom', '--chip', 'mt6765'], 'folder')
        self.refused(['make-rom', self.path('rom')], '--chip')
        self.refused(['make-rom', self.path('rom'), '--chip', 'mt6765', '--scatter', 'pdf'], 'scatter')
        self.refused(['make-rom', self.path('rom'), '--chip', 'mt9999'], 'mt9999')
        self.refused(['make-rom', self.path('rom'), '--chip', 'mt6765', '--size', 'big'], 'small or full')

    def test_failures(self):
        """What is understood but cannot be done is exit 1."""
        for words in (['run', '--listen', 'usbip:0.0.0.0:0'], ['run', '--listen', 'tcp:0.0.0.0:0'],
                      ['run', '--listen', 'pty', '--phones', '2'], ['run', '--listen', 'usbip:127.0.0.1:0', '--phones', '17'],
                      ['run', '--listen', 'pty', '--rom', self.path('none')],
                      ['run', '--listen', 'pty', '--set', 'colour=red'],
                      ['run', '--listen', 'pty', '--record', self.path('none', 'a.pcapng')]):
            done = self.expect(1, 'mtksim', *words)
            self.assertEqual(done.stdout, '')
            self.assertRegex(done.stderr, r'^mtksim: .+\n$')


class Chips(Case):
    def test_table(self):
        lines = run('mtksim', 'chips').stdout.splitlines()
        columns = [m.start() for m in re.finditer(r'\S+', lines[0])]
        for line in lines[1:]:
            for at in columns[1:4]:
                self.assertEqual(line[at - 2:at], '  ', line)
        self.assertTrue(any(re.match(r'0x0766 +MT6765\S* +xflash +mt6765', line) for line in lines))

    def test_json(self):
        *chips, result = events(self.expect(0, 'mtksim', 'chips', '--json').stdout)
        self.assertEqual(result, {'event': 'result', 'ok': True, 'exit': 0, 'code': 0})
        self.assertEqual({c['event'] for c in chips}, {'chip'})
        self.assertEqual(len(chips), len(run('mtksim', 'chips').stdout.splitlines()) - 1)
        mt6765 = next(c for c in chips if c['name'] == 'MT6765')
        self.assertEqual((mt6765['hw_code'], mt6765['agent'], mt6765['profile']), ('0x0766', 'xflash', True))
        self.assertIn('mt6765', mt6765['profiles'])

    def test_tested_is_what_the_tests_do(self):
        """The column names the sessions of the matrix, no more and no less, and recordings only where one is a test."""
        with open(os.path.join(TESTS, 'session/flash/cells.h'), encoding='utf-8') as f:
            own = f.read().partition('cell_strangers')[0]  # those bring agents that are not the chip's
        sessions = set(re.findall(r'\{"[^"]*", "(mt\w+)", "(\w+)", "(\w+)",', own))
        transcripts = ''
        for path in glob.glob(os.path.join(TESTS, 'data/wire/*.txt')):
            with open(path, encoding='utf-8') as f:
                transcripts += f.read()
        for chip in events(run('mtksim', 'chips', '--json').stdout)[:-1]:
            words = dict(part.partition(' ')[::2] for part in chip['tested'].split('; '))
            done = {f'{agent}/{storage}' for name, agent, storage in sessions if name in chip['profiles']}
            self.assertEqual(set(words.get('simulator', '').split()), done, chip['name'])
            self.assertLessEqual(set(words), {'', 'simulator', 'agent', 'log'}, chip['name'])
            if 'log' in words:
                self.assertRegex(transcripts, rf'# .*recorded.*\nphone .*chip=({"|".join(chip["profiles"])})\b')


if __name__ == '__main__':
    unittest.main()
