# SPDX-License-Identifier: Apache-2.0
"""What `meson install` puts where, and that a stranger can build against it with pkg-config alone."""
import os
import subprocess
import unittest

from programs import Case

USER_OF_MTKFLASH = r'''
#include <mtkflash.h>
#include <stdio.h>
static void show(void *ctx, const struct mtk_event *ev) { *(int *)ctx += ev->kind == MTK_EVENT_INFO; }
int main(void)
{
    int seen = 0;
    struct mtkflash_options opt = {.port = "sim:chip=mt6765", .sink = {show, &seen}};
    int rc = mtkflash_info(&opt);
    printf("%d %d %s\n", rc, seen, mtk_err_by_symbol("MTK_NO_PHONE")->family);
    return rc;
}
'''


class Install(Case):
    def setUp(self):
        super().setUp()
        self.root = self.path('root')
        subprocess.run(['meson', 'install', '-C', os.environ['BUILD'], '--no-rebuild', '--quiet', '--destdir', self.root], check=True,
                       stdout=subprocess.DEVNULL)
        found = {}
        for folder, _, files in os.walk(self.root):
            for name in files:
                found.setdefault(name, []).append(folder)
        self.found = found

    def build(self, package, source):
        libdir = self.found[f'lib{package}.so'][0]
        env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=self.root, PKG_CONFIG_LIBDIR=self.found[f'{package}.pc'][0] + ':' +
                   subprocess.run(['pkg-config', '--variable=pc_path', 'pkg-config'], check=True, capture_output=True,
                                  text=True).stdout.strip())
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', package], check=True, capture_output=True, text=True, env=env)
        # Installed for real, the linker would look in this folder by itself for what the library needs.
        subprocess.run(['cc', '-o', self.path('program'), source, *flags.stdout.split(), f'-Wl,-rpath-link,{libdir}'], check=True)
        return subprocess.run([self.path('program')], check=True, capture_output=True, text=True,
                              env=dict(os.environ, LD_LIBRARY_PATH=libdir)).stdout

    def test_places(self):
        for name in ('mtkflash', 'mtksim', 'mtktrace'):
            self.assertTrue(any(f.endswith('/bin') for f in self.found[name]))
            self.assertTrue(any(f.endswith('/bash-completion/completions') for f in self.found[name]))
            self.assertTrue(self.found[f'{name}.1'][0].endswith('/man/man1'))
        self.assertTrue(self.found['mtksim.h'][0].endswith('/include'))
        self.assertTrue(self.found['60-mtkproof.rules'][0].endswith('/lib/udev/rules.d'))
        self.assertIn('libmtksim.so.0', self.found)
        self.assertIn('libmtkflash.so.0', self.found)

    def test_example(self):
        self.assertEqual(self.build('mtksim', os.path.join(self.found['phone.c'][0], 'phone.c')).split('\n')[0], 'A0 -> 5F')

    def test_flasher_library(self):
        source = self.path('user.c')
        with open(source, 'w', encoding='utf-8') as f:
            f.write(USER_OF_MTKFLASH)
        self.assertEqual(self.build('mtkflash', source), '0 1 mtkproof\n')

    def test_only_the_public_names_are_exported(self):
        for package, prefixes in (('mtksim', ('mtksim_',)), ('mtkflash', ('mtkflash_', 'mtk_err_'))):
            names = subprocess.run(['nm', '-D', '--defined-only', os.path.join(self.found[f'lib{package}.so'][0], f'lib{package}.so')],
                                   check=True, capture_output=True, text=True).stdout.split('\n')
            names = [n.split()[-1].split('@')[0] for n in names if n]
            self.assertTrue(names)
            self.assertEqual([n for n in names if not n.startswith(prefixes)], [])


if __name__ == '__main__':
    unittest.main()
