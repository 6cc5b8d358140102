# SPDX-License-Identifier: Apache-2.0
"""mtkflash parts: every kind of table on every kind of storage, next to a scatter, and the corrected scatter."""
import glob
import os
import re
import shutil
import tempfile
import unittest

import scatters
from programs import Case, events, run

# chip, storage, kind of table, area of the table, a partition that is flashed
MODELS = {
    'legacy, GPT': ('mt6737', 'emmc', 'gpt', 'user', 'logo'),
    'legacy, PMT': ('mt6580', 'emmc', 'pmt', 'user', 'LOGO'),
    'legacy, NAND': ('mt6580', 'nand', 'pmt', 'nand', 'LOGO'),
    'XFlash, eMMC': ('mt6765', 'emmc', 'gpt', 'user', 'logo'),
    'XFlash, NAND': ('mt6739', 'nand', 'pmt', 'nand', 'LOGO'),
    'XFlash, UFS': ('mt6768', 'ufs', 'gpt', 'lu2', 'logo'),
    'XML, eMMC': ('mt6789', 'emmc', 'gpt', 'user', 'logo'),
    'XML, UFS': ('mt6789', 'ufs', 'gpt', 'lu2', 'logo'),
}
TABLE = ('pgpt', 'sgpt', 'MBR', 'EBR1')
# Forms of the scatter: the one that packages of the model have; the other one too where that differs most.
FORMS = [(model, form) for model in MODELS
         for form in ('text', 'xml') if (form == 'xml') == model.startswith('XML') or model in ('XFlash, eMMC', 'XML, UFS')]
HARDWARE = {'emmc': {'boot1', 'boot2'}, 'ufs': {'lu0', 'lu1'}, 'nand': set()}


def number(text):
    return int(text, 16)


class Parts(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = tempfile.TemporaryDirectory(prefix='mtk-')
        cls.roms = {}

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()
        super().tearDownClass()

    def rom(self, model, form=None):
        """The ROM of a model, made once."""
        chip, storage = MODELS[model][:2]
        key = (chip, storage, form)
        if key not in self.roms:
            folder = os.path.join(self.shared.name, f'{chip}-{storage}-{form}')
            more = ['--scatter', form] if form else []
            self.expect(0, 'mtksim', 'make-rom', folder, '--chip', chip, '--storage', storage, *more)
            self.roms[key] = folder
        return self.roms[key]

    def phone(self, model):
        """The options for a phone of that model, filled by the factory."""
        chip, storage = MODELS[model][:2]
        rom = self.rom(model)
        return ['--port', f'sim:chip={chip},storage={storage},rom={rom}', '--rom', rom, '--json']

    @staticmethod
    def scatter_of(rom):
        return glob.glob(os.path.join(rom, '*_Android_scatter.*'))[0]

    def compare(self, model, scatter, exit_code, *words):
        """{"partition.field": event} of the differences."""
        done = run('mtkflash', *self.phone(model), 'parts', '--scatter', scatter, *words)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        out = events(done.stdout)
        self.assertEqual(out[-1]['exit'], exit_code)
        if exit_code:
            self.assertEqual(out[-1]['symbol'], 'STATUS_LAYOUT_CHANGED')
        return {f"{e['partition']}.{e['field']}": e for e in out if e['event'] == 'difference'}

    # ---- what the phone has ----

    def test_table(self):
        """Every row of the scatter is shown, where it is and with the kind of table that it comes from."""
        for model, (_, storage, kind, area, _) in MODELS.items():
            with self.subTest(model):
                out = events(self.expect(0, 'mtkflash', *self.phone(model), 'parts').stdout)
                shown = {e['name']: e for e in out if e['event'] == 'partition'}
                self.assertEqual({n for n, e in shown.items() if e['table'] == 'hardware'}, HARDWARE[storage])
                table = {n: e for n, e in shown.items() if e['table'] != 'hardware'}
                self.assertEqual({(e['table'], e['area']) for e in table.values()}, {(kind, area)})
                section = scatters.read(self.scatter_of(self.rom(model))).section(storage)
                for row in section.rows:
                    name = section.get(row, 'partition_name')
                    if section.get(row, 'is_reserved') == 'false' and name in table:
                        self.assertEqual(table[name]['start'], number(section.get(row, 'physical_start_addr')), name)
                        self.assertGreaterEqual(table[name]['size'], number(section.get(row, 'partition_size')), name)
                named = [section.get(r, 'partition_name') for r in section.rows
                         if section.get(r, 'operation_type') not in ('BOOTLOADERS', 'RESERVED')]
                self.assertLessEqual(set(named) - {'pgpt', 'sgpt'}, set(table))

    def test_own_scatter(self):
        """The scatter that the phone was made from: only the partition that grew is said."""
        for model, form in FORMS:
            with self.subTest(f'{model}, {form}'):
                scatter = self.scatter_of(self.rom(model, form))
                self.assertTrue(scatter.endswith({'text': '.txt', 'xml': '.xml'}[form]))
                found = self.compare(model, scatter, 0)
                grown = 'USRDATA.size' if MODELS[model][2] == 'pmt' else 'userdata.size'
                self.assertEqual({n: e['fatal'] for n, e in found.items()}, {grown: False})

    # ---- the corrected scatter ----

    def damage(self, scatter, storage):
        """Makes a scatter wrong in every way; the differences that have to be found."""
        s = scatter.section(storage)
        rows = [r for r in s.rows if s.get(r, 'is_reserved') == s.get(r, 'is_download') == 'false' and
                s.get(r, 'partition_name') not in TABLE and number(s.get(r, 'partition_size')) >= 0x80000]
        shorter, renamed, gone = rows[0], rows[1], rows[2]
        names = [s.get(r, 'partition_name') for r in rows[:3]]
        s.set(shorter, 'partition_size', hex(number(s.get(shorter, 'partition_size')) - 0x40000))
        s.set(renamed, 'partition_name', 'strange')
        s.remove(gone)
        moved = next(r for r in s.rows if s.get(r, 'operation_type') == 'UPDATE')
        at = number(s.get(moved, 'physical_start_addr'))
        s.set(moved, 'physical_start_addr', hex(at + 0x20000))
        s.set(moved, 'partition_size', hex(number(s.get(moved, 'partition_size')) - 0x20000))
        names.append(s.get(moved, 'partition_name'))
        want = {f'{names[0]}.size', f'{names[1]}.extra', 'strange.missing', f'{names[2]}.extra',
                f'{names[3]}.start', f'{names[3]}.size'}
        for row in s.rows:
            if s.get(row, 'is_reserved') == 'true' and s.get(row, 'partition_name') in ('otp', 'flashinfo'):
                s.set(row, 'partition_size', hex(2 * number(s.get(row, 'partition_size'))))
                want.add(s.get(row, 'partition_name') + '.size')
                want.add(s.get(row, 'partition_name') + '.start')
        return want

    def test_fix(self):
        """The corrected scatter has the form of the old one, agrees with the phone in every row, and can be flashed."""
        for model, form in FORMS:
            storage, small = MODELS[model][1], MODELS[model][4]
            with self.subTest(f'{model}, {form}'):
                rom = self.path('rom')
                shutil.rmtree(rom, ignore_errors=True)
                shutil.copytree(self.rom(model, form), rom, copy_function=os.link)
                wrong, fixed = self.path('wrong'), self.path('fixed')
                scatter = scatters.read(self.scatter_of(rom))
                want = self.damage(scatter, storage)
                scatters.write(wrong, scatter)
                found = self.compare(model, wrong, 6, '--fix', fixed)
                self.assertLessEqual(want, set(found))
                self.assertFalse([n for n, e in found.items() if e['fatal'] and n not in want])
                self.assertEqual(self.compare(model, fixed, 0), {})
                again = scatters.read(fixed)
                self.assertIs(type(again), type(scatter))
                if form == 'xml':
                    self.assertEqual(again.other_sections(storage), scatter.other_sections(storage))
                self.flash(model, rom, fixed, small)

    def test_only_linear_addresses(self):
        """V1.1.1 with physical address 0 everywhere: the corrected one has both addresses, at the old distance."""
        rom, wrong, fixed = self.rom('legacy, PMT'), self.path('wrong'), self.path('fixed')
        scatter = scatters.read(self.scatter_of(rom))
        base = number(scatter.get(scatter.find('MBR'), 'linear_start_addr'))
        self.assertGreater(base, 0)
        for row in scatter.rows:
            scatter.set(row, 'physical_start_addr', '0x0')
        scatters.write(wrong, scatter)
        self.assertEqual(set(self.compare('legacy, PMT', wrong, 0)), {'USRDATA.size'})
        scatter.set(scatter.find('LOGO'), 'partition_name', 'strange')
        scatters.write(wrong, scatter)
        self.compare('legacy, PMT', wrong, 6, '--fix', fixed)
        self.assertEqual(self.compare('legacy, PMT', fixed, 0), {})
        again = scatters.read(fixed)
        for row in again.rows:
            if again.get(row, 'region') == 'EMMC_USER' and again.get(row, 'is_reserved') == 'false':
                addresses = [number(again.get(row, k)) for k in ('linear_start_addr', 'physical_start_addr')]
                self.assertEqual(addresses[0] - addresses[1], base, row)

    def test_sections_as_text(self):
        """V2.1.0: the section of the phone's storage is compared and corrected, the other one stays as it is."""
        def section(storage, text):
            head, records = re.split(r'(?m)^(?=- partition_index: SYS0$)', text, 1)
            keys = ''.join(re.findall(r'(?m)^ *((?:boot_channel|block_size): .*\n)', head)).replace('\nb', '\n        b')
            return (f'- storage_type: {storage}\n  description:\n  - general: MTK_STORAGE_CFG\n    info:\n'
                    f'      - storage: {storage}\n        {keys}' + re.sub(r'(?m)^(?=.)', '  ', records))
        texts = {}
        for storage in ('emmc', 'ufs'):
            rom = self.path('rom-' + storage)
            self.expect(0, 'mtksim', 'make-rom', rom, '--chip', 'mt6768', '--storage', storage, '--scatter', 'text')
            with open(self.scatter_of(rom), encoding='utf-8') as f:
                texts[storage] = f.read()
        general = ('- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V2.1.0\n      platform: MT6768\n'
                   '      project: mtksim6768\n')
        sections = {'EMMC': section('EMMC', texts['emmc']), 'UFS': section('UFS', texts['ufs'])}
        both, wrong, fixed = self.path('both'), self.path('wrong'), self.path('fixed')
        with open(both, 'w', encoding='utf-8') as f:
            f.write(general + sections['EMMC'] + sections['UFS'])
        self.assertEqual(set(self.compare('XFlash, UFS', both, 0)), {'userdata.size'})
        with open(wrong, 'w', encoding='utf-8') as f:
            f.write(general + sections['EMMC'] + sections['UFS'].replace('partition_name: logo', 'partition_name: strange'))
        self.compare('XFlash, UFS', wrong, 6, '--fix', fixed)
        self.assertEqual(self.compare('XFlash, UFS', fixed, 0), {})
        with open(fixed, encoding='utf-8') as f:
            text = f.read()
        self.assertIn('config_version: V2.1.0\n', text)
        self.assertIn(sections['EMMC'], text)

    def flash(self, model, rom, fixed, small):
        """A ROM with the corrected scatter is flashed without a difference."""
        os.replace(fixed, self.scatter_of(rom))
        done = self.expect(0, 'mtkflash', *self.phone(model), 'flash', rom, '--only', small)
        out = events(done.stdout)
        self.assertEqual([e for e in out if e['event'] == 'difference'], [])
        self.assertEqual(out[-1]['verified'], [small])


if __name__ == '__main__':
    unittest.main()
