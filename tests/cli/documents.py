# SPDX-License-Identifier: Apache-2.0
"""What is written about the programs is what the programs say: manual pages, completion, settings, links."""
import os
import re
import subprocess
import unittest

from programs import Case, program

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
COMMANDS = {
    'mtkflash': ('ports', 'info', 'parts', 'plan', 'flash', 'verify', 'read', 'write', 'erase', 'backup', 'restore', 'reboot',
                 'explain'),
    'mtksim': ('run', 'make-rom', 'boot', 'poke', 'chips'),
    'mtktrace': (),
}


def text_of(*names):
    with open(os.path.join(ROOT, *names), encoding='utf-8') as f:
        return f.read()


class Programs(Case):
    def help_of(self, *words):
        return self.expect(0, *words, '--help').stdout

    def options(self, name):
        """Every option that the program and its commands have."""
        texts = [self.help_of(name)] + [self.help_of(name, c) for c in COMMANDS[name]]
        return {o for text in texts for o in re.findall(r'(?m)^  (--[a-z-]+)', text)}

    def test_commands(self):
        """The lists of this file are complete."""
        for name, commands in COMMANDS.items():
            if commands:
                block = self.help_of(name).split('Commands:\n')[1].split('\n\n')[0]
                self.assertEqual(set(re.findall(r'(?m)^  ([a-z-]+)', block)), set(commands))

    def test_manual_pages(self):
        for name, commands in COMMANDS.items():
            page = text_of('man', name + '.1').replace('\\-', '-')
            others = '|'.join(c for c in COMMANDS if c != name)
            page = re.sub(rf'({others})( run)? --[a-z-]+', '', page)  # options of other programs
            self.assertEqual(set(re.findall(r'--[a-z][a-z-]*[a-z]', page)), self.options(name), name)
            for command in commands:
                self.assertRegex(page, rf'(?m)^(\.B |\\fB){command}\b', name)

    def test_values_in_manual_pages(self):
        """Words that an option takes stand in the page and are taken."""
        page = text_of('man', 'mtksim.1').replace('\\-', '-')
        for option, words in (('storage', ('emmc', 'ufs', 'nand')), ('size', ('small', 'full')),
                              ('scatter', ('text', 'xml')), ('agent', ('legacy', 'xflash', 'xml'))):
            self.assertIn(f'\\fB--{option}\\fR ' + '|'.join(f'\\fB{w}\\fR' for w in words), page)
            done = self.expect(2, 'mtksim', 'make-rom', self.path('rom'), '--chip', 'mt6765', f'--{option}', 'none')
            for word in words:
                self.assertIn(word, done.stderr)

    def test_options_have_a_place_in_the_documentation(self):
        """What is not plain from its name is explained somewhere under docs/ or in the README."""
        everything = text_of('README.md') + ''.join(text_of('docs', n) for n in os.listdir(os.path.join(ROOT, 'docs'))
                                                    if n.endswith('.md'))
        plain = {'--help', '--version', '--quiet', '--verbose', '--yes', '--wait', '--size', '--state', '--chip'}
        options = {option for name in COMMANDS for option in self.options(name) - plain}
        self.assertEqual({o for o in options if not re.search(rf'{o}(?![a-z-])', everything)}, set())


class Completion(Case):
    def complete(self, *words):
        """What bash offers for the last word."""
        line = ' '.join(f"'{w}'" for w in words)
        script = (f'. {ROOT}/tools/completion/mtkproof.bash; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _mtkproof; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        folders = {os.path.dirname(program(n)) for n in COMMANDS}
        done = subprocess.run(['bash', '-c', script], capture_output=True, text=True, check=True, cwd=self.dir,
                              env=dict(os.environ, PATH=':'.join(folders) + ':' + os.environ['PATH']))
        return set(done.stdout.split())

    def test_commands_and_options(self):
        for name, commands in COMMANDS.items():
            self.assertLessEqual(set(commands), self.complete(name, ''))
            for command in commands:
                text = self.expect(0, name, command, '--help').stdout
                want = set(re.findall(r'(?m)^  (--[a-z-]+)', text))
                self.assertEqual({o.rstrip('=') for o in self.complete(name, command, '--')}, want, command)

    def test_a_value_is_no_command(self):
        self.assertIn('flash', self.complete('mtkflash', '--rom', 'rom', 'fl'))
        self.assertIn('flash', self.complete('mtkflash', '--rom', '=', 'rom', 'fl'))
        self.assertIn('--chip', self.complete('mtksim', 'run', '--state', 'phone', '--ch'))

    def test_values(self):
        """Every word that is offered is one that the program takes."""
        self.assertEqual(self.complete('mtkflash', 'flash', 'rom', '--mode', '='), {'download', 'upgrade', 'format-all'})
        for mode in self.complete('mtkflash', 'flash', 'rom', '--mode', ''):
            done = self.expect(6, 'mtkflash', '--port', 'unix:' + self.path('none'), 'plan', self.path('none'), '--mode', mode)
            self.assertIn('MTK_FILE_MISSING', done.stderr)
        for fuse in self.complete('mtksim', 'run', '--security', ''):
            word = fuse + ('1' if fuse.endswith('=') else '')
            done = self.expect(1, 'mtksim', 'run', '--listen', 'tcp:0.0.0.0:0', '--security', word)
            self.assertNotIn(fuse, done.stderr)
        self.assertIn('mt6765', self.complete('mtksim', 'run', '--chip', 'mt67'))
        self.assertIn('mt6762', self.complete('mtksim', 'run', '--chip', 'mt67'))
        for option in ('storage', 'size', 'scatter', 'agent'):
            words = self.complete('mtksim', 'make-rom', '--' + option, '')
            done = self.expect(2, 'mtksim', 'make-rom', self.path('rom'), '--chip', 'mt6765', '--' + option, 'none')
            self.assertEqual({w for w in re.findall(r'\w+', done.stderr.split('none:')[1].split('\n')[0])} - {'or'}, words)

    def test_files(self):
        open(self.path('vendor.auth'), 'w').close()
        self.assertEqual(self.complete('mtkflash', '--auth', '=', 'ven'), {'vendor.auth'})
        self.assertEqual(self.complete('mtkflash', 'parts', '--scatter', ''), {'vendor.auth'})


class Settings(Case):
    def test_values_and_defaults(self):
        """Each row of the manual has the words of the source, and the default that the source begins with."""
        source = text_of('simdev', 'firmware', 'settings.c')
        rows = dict(re.findall(r'\{"(\w+)", (?:SWITCH|NUMBER|CHOICE|TEXT|USB_ID), [^"{}]*?(?:"([^"]*)")?(?:, \w+)?\}', source))
        kinds = dict(re.findall(r'\{"(\w+)", (SWITCH|NUMBER|CHOICE|TEXT|USB_ID)', source))
        self.assertEqual(set(rows), set(kinds))
        defaults = dict(re.findall(r's->(\w+) = ([^;{}]+);', source.split('phone_settings_default')[1].split('\n}')[0]))
        manual = text_of('docs', 'settings.md').split('## Fuses')[0]
        documented = re.findall(r'(?m)^\| `(\w+)` \| (.*?) \| (.*?) \|', manual)
        self.assertEqual(sorted(key for key, *_ in documented), sorted(kinds))
        for key, values, default in documented:
            default = default.strip('`')
            if kinds[key] == 'CHOICE':
                words = rows[key].split(',')
                self.assertEqual({v.strip('` ') for v in values.split(',')}, set(words), key)
                self.assertIn(default, words, key)
                if key not in ('sla_length_order',):
                    self.assertEqual(default, words[int(defaults.get(key, '0'))], key)
            elif kinds[key] == 'SWITCH':
                self.assertEqual(values, 'switch', key)
                self.assertEqual(default, 'on' if defaults.get(key) == 'true' else 'off', key)
            elif kinds[key] == 'USB_ID':
                stage = key.split('_')[0].upper()
                ids = dict(re.findall(r'MTK_USB_(\w+) = 0x(\w{4})', text_of('protocol', 'brom.h')))
                self.assertEqual((values, default), ('VID:PID', f"{ids['VID']}:{ids['PID_' + stage]}"), key)
        self.assertEqual([key for key, *_ in documented], sorted(key for key, *_ in documented))


class Links(Case):
    def test_links_lead_somewhere(self):
        pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'] + sorted(
            os.path.join('docs', n) for n in os.listdir(os.path.join(ROOT, 'docs')) if n.endswith('.md'))
        for page in pages:
            for target in re.findall(r'\]\(([^)#]+)(?:#[^)]*)?\)', text_of(page)):
                if '://' not in target:
                    path = os.path.join(ROOT, os.path.dirname(page), target)
                    self.assertTrue(os.path.exists(path), f'{page}: {target}')

    def test_every_page_is_listed_and_installed(self):
        pages = {n for n in os.listdir(os.path.join(ROOT, 'docs')) if n.endswith('.md')}
        listed = set(re.findall(r'\]\(([\w-]+\.md)\)', text_of('docs', 'README.md')))
        installed = set(re.findall(r"'([\w-]+\.md)'", text_of('docs', 'meson.build')))
        self.assertEqual(listed | {'README.md'}, pages)
        self.assertEqual(installed, pages)


if __name__ == '__main__':
    unittest.main()
