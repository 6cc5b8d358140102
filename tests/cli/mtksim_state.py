# SPDX-License-Identifier: Apache-2.0
"""mtksim make-rom, boot and poke: a phone in a folder, whole and broken."""
import filecmp
import os
import unittest

from programs import Case, Phone, events


class State(Case):
    def setUp(self):
        super().setUp()
        self.rom, self.phone = self.path('rom'), self.path('phone')
        self.expect(0, 'mtksim', 'make-rom', self.rom, '--chip', 'mt6765', '--seed', '3')

    def new_phone(self):
        with Phone('--listen', f'unix:{self.path("p")}', '--state', self.phone, '--rom', self.rom) as phone:
            self.assertEqual(phone.stop(), 0)

    def poke(self, where, xor='0x01'):
        return self.expect(0, 'mtksim', 'poke', '--state', self.phone, where, '--xor', xor).stdout

    def test_rom_is_reproducible(self):
        again, other = self.path('again'), self.path('other')
        self.expect(0, 'mtksim', 'make-rom', again, '--chip', 'mt6765', '--seed', '3')
        self.expect(0, 'mtksim', 'make-rom', other, '--chip', 'mt6765', '--seed', '4')
        names = sorted(os.listdir(self.rom))
        self.assertIn('MT6765_Android_scatter.txt', names)
        self.assertEqual(sorted(os.listdir(again)), names)
        names = [n for n in names if os.path.isfile(os.path.join(self.rom, n))]
        self.assertEqual(filecmp.cmpfiles(self.rom, again, names, shallow=False)[1:], ([], []))
        self.assertTrue(filecmp.cmpfiles(self.rom, other, names, shallow=False)[1])

    def test_boots(self):
        self.new_phone()
        self.assertRegex(self.expect(0, 'mtksim', 'boot', '--state', self.phone).stdout, r'^boots: .+\n$')
        boot, result = events(self.expect(0, 'mtksim', 'boot', '--state', self.phone, '--json').stdout)
        self.assertEqual((boot['event'], boot['boots']), ('boot', True))
        self.assertEqual((result['event'], result['ok'], result['exit'], result['code']), ('result', True, 0, 0))

    def test_bricked(self):
        """One bit of the preloader's name in boot1 breaks the first link of the chain; flipping it back mends it."""
        self.new_phone()
        with open(os.path.join(self.phone, 'boot1.img'), 'rb') as image:
            first = image.read(1)[0]
        self.assertEqual(self.poke('boot1@0'), f'boot1@0x0: 0x{first:02x} -> 0x{first ^ 1:02x}\n')
        with open(os.path.join(self.phone, 'boot1.img'), 'rb') as image:
            self.assertEqual(image.read(1)[0], first ^ 1)
        text = self.expect(1, 'mtksim', 'boot', '--state', self.phone).stdout
        self.assertRegex(text, r'^bricked: .+\n$')
        boot, result = events(self.expect(1, 'mtksim', 'boot', '--state', self.phone, '--json').stdout)
        self.assertEqual((boot['boots'], f'bricked: {boot["text"]}\n'), (False, text))
        self.assertEqual((result['ok'], result['exit'], result['code']), (False, 1, 'BRICKED'))
        self.assertEqual(self.poke('boot1@0x0'), f'boot1@0x0: 0x{first ^ 1:02x} -> 0x{first:02x}\n')
        self.expect(0, 'mtksim', 'boot', '--state', self.phone)

    def test_poke_refuses(self):
        self.new_phone()
        size = os.path.getsize(os.path.join(self.phone, 'user.img'))
        self.assertRegex(self.poke(f'user@{size - 1}', '0x80'), '-> 0x')
        for words, text in ((['user'], 'where?'), (['user@'], 'where?'), (['user@-1'], 'where?'), ([], 'where?'),
                            (['@0'], 'where?'), ([f'user@{size}'], 'outside'), (['disk@0'], "no area 'disk'"),
                            (['user@0', '--xor', '0'], '--xor'), (['user@0', '--xor', '0x100'], '--xor')):
            done = self.expect(2, 'mtksim', 'poke', '--state', self.phone, *words)
            self.assertIn(text, done.stderr)

    def test_no_phone(self):
        """A misspelt folder is an error and is not made."""
        done = self.expect(2, 'mtksim', 'boot', '--state', self.path('none'))
        self.assertIn('holds no phone', done.stderr)
        self.expect(2, 'mtksim', 'poke', '--state', self.path('none'), 'user@0')
        result = events(self.expect(2, 'mtksim', 'boot', '--state', self.path('none'), '--json').stdout)[-1]
        self.assertEqual((result['event'], result['ok'], result['exit']), ('result', False, 2))
        self.assertFalse(os.path.exists(self.path('none')))


if __name__ == '__main__':
    unittest.main()
