# SPDX-License-Identifier: Apache-2.0
"""mtkflash and mtktrace: help, usage errors, explain, and bad input that is refused before a phone is touched."""
import json
import os
import shutil
import struct
import tempfile
import unittest

from programs import Case, events, run

COMMANDS = ('info', 'parts', 'plan', 'flash', 'verify', 'read', 'write', 'erase', 'reboot', 'explain')


class Words(Case):
    def test_help(self):
        text = self.expect(0, 'mtkflash', '--help').stdout
        for command in COMMANDS:
            self.assertIn(f'\n  {command}', text)
            self.assertIn('--port=PORT', self.expect(0, 'mtkflash', command, '--help').stdout)
        self.assertRegex(self.expect(0, 'mtkflash', '--version').stdout, r'^mtkflash \(mtkproof\) \d')
        self.assertRegex(self.expect(0, 'mtktrace', '--version').stdout, r'^mtktrace \(mtkproof\) \d')
        self.assertIn('show', self.expect(0, 'mtktrace', '--help').stdout)

    def test_usage(self):
        for words in ([], ['fly'], ['--fly'], ['flash'], ['flash', 'a', 'b'], ['info', '--only', 'boot'], ['reboot', 'moon'],
                      ['--port', 'moon:1', 'info'], ['--wait', '0', 'info'], ['flash', 'rom', '--only', ''], ['verify', 'rom', '--skip', ','], ['--wait', 'x', 'info'], ['--port'],
                      ['flash', 'rom', '--mode', 'wipe'], ['parts', '--fix', 'x'], ['explain', 'no such words']):
            done = self.expect(2, 'mtkflash', *words)
            self.assertEqual(done.stdout, '')
            self.assertIn('error: MTK_USAGE', done.stderr)
            done = self.expect(2, 'mtkflash', '--json', *words)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])['exit'], 2)
        for words in ([], ['show'], ['fly', 'x'], ['--fly', 'show', 'x']):
            self.expect(2, 'mtktrace', *words)
        self.expect(1, 'mtktrace', 'show', self.path('nothing'))

    def test_explain(self):
        for words in ('0xC0050005', 'c0050005', '3221553157', 'STATUS_EXT_RAM_EXCEPTION', 'ext_ram_exc'):
            self.assertIn('STATUS_EXT_RAM_EXCEPTION', self.expect(0, 'mtkflash', 'explain', words).stdout)
        self.assertIn('STATUS_EXT_RAM_EXCEPTION', self.expect(0, 'mtkflash', 'explain', '--', '-1073414139').stdout)
        # A row that the field knows by a sentence: its number, its name and the sentence find it.
        for words in ('0xC0020053', '3221356627', 'STATUS_SEC_DA_VER_ANTI_ROLLBACK_ERR', 'sec_da_ver',
                      'DA version anti-rollback error', 'da version anti'):
            text = self.expect(0, 'mtkflash', 'explain', words).stdout
            self.assertIn('STATUS_SEC_DA_VER_ANTI_ROLLBACK_ERR  0xC0020053  3221356627', text)
            self.assertIn('"da version anti-rollback error"', text)
        out = events(self.expect(0, 'mtkflash', '--json', 'explain', '4032').stdout)
        self.assertEqual(out[0]['symbol'], 'S_FT_ENABLE_DRAM_FAIL')
        self.assertEqual(out[-1], {'event': 'result', 'ok': True, 'exit': 0, 'code': 0})


class BadInput(Case):
    """Each is refused with a clear error before the phone is touched: exit 6, the file is named, the phone unchanged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = tempfile.TemporaryDirectory(prefix='mtk-')
        cls.pristine = os.path.join(cls.shared.name, 'rom')
        done = run('mtksim', 'make-rom', cls.pristine, '--chip', 'mt6765')
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.rom = self.path('rom')
        shutil.copytree(self.pristine, self.rom)
        os.unlink(self.file('Checksum.ini'))

    def file(self, name):
        return os.path.join(self.rom, name)

    def scatter(self, old, new, count=1):
        name = self.file('MT6765_Android_scatter.txt')
        with open(name, encoding='utf-8') as f:
            text = f.read()
        self.assertIn(old, text)
        with open(name, 'w', encoding='utf-8') as f:
            f.write(text.replace(old, new, count))

    def refused(self, symbol, *names, code=6, only=None):
        words = ['--json', '--port', f'sim:chip=mt6765,rom={self.pristine}', 'flash', self.rom]
        done = run('mtkflash', *words, *(['--only', only] if only else []))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        result = events(done.stdout)[-1]
        self.assertEqual((result['symbol'], result['phone']), (symbol, 'unchanged'), done.stderr)
        for name in names:
            self.assertIn(name, result['what'] + result.get('file', ''))
        return result

    def test_missing_file(self):
        os.unlink(self.file('lk.img'))
        self.refused('MTK_FILE_MISSING', 'lk.img')

    def test_empty_file(self):
        open(self.file('lk.img'), 'w', encoding='utf-8').close()
        self.refused('MTK_FILE_EMPTY', 'lk.img')

    def test_directory_in_place_of_a_file(self):
        os.unlink(self.file('lk.img'))
        os.mkdir(self.file('lk.img'))
        self.refused('MTK_FILE_UNREADABLE', 'lk.img')

    def test_image_too_large(self):
        with open(self.file('spmfw.img'), 'ab') as f:
            f.truncate(64 << 20)
        result = self.refused('MTK_IMAGE_TOO_LARGE', 'spmfw')
        self.assertIn('spmfw', result['what'])

    def test_path_leaves_the_folder(self):
        shutil.copy(self.file('lk.img'), self.path('lk.img'))
        for name in ('../lk.img', self.path('lk.img')):
            self.scatter('file_name: lk.img', f'file_name: {name}')
            self.refused('MTK_PATH_ESCAPES', 'lk.img')
            self.scatter(f'file_name: {name}', 'file_name: lk.img')

    def test_link_leaves_the_folder(self):
        shutil.move(self.file('lk.img'), self.path('lk.img'))
        os.symlink(self.path('lk.img'), self.file('lk.img'))
        self.refused('MTK_PATH_ESCAPES', 'lk.img')

    def test_duplicate_partition(self):
        self.scatter('partition_name: lk2', 'partition_name: lk')
        self.assertTrue(self.refused('S_DL_SCAT_INCORRECT_FORMAT', 'lk')['line'] > 0)

    def test_overlap_and_backwards(self):
        name = self.file('MT6765_Android_scatter.txt')
        with open(name, encoding='utf-8') as f:
            lines = f.read().split('\n')
        at = next(i for i, l in enumerate(lines) if l.endswith('partition_name: lk2'))
        for key in ('linear_start_addr', 'physical_start_addr'):
            row = next(i for i in range(at, at + 20) if key in lines[i])
            lines[row] = f'  {key}: 0x8000'
        with open(name, 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines))
        self.assertTrue(self.refused('S_DL_SCAT_ADDR_IS_NOT_ASCENDING_ORDER', 'lk2')['line'] > 0)

    def test_two_scatters(self):
        shutil.copy(self.file('MT6765_Android_scatter.txt'), self.file('MT6765_other_scatter.txt'))
        self.refused('S_DL_SCAT_OPEN_FAIL', 'MT6765_other_scatter.txt')

    def test_no_scatter(self):
        os.unlink(self.file('MT6765_Android_scatter.txt'))
        self.refused('MTK_FILE_MISSING', 'scatter')

    def test_chip_mismatch(self):
        self.scatter('platform: MT6765', 'platform: MT6737')
        result = self.refused('STATUS_SCATTER_HW_CHIP_ID_MISMATCH')
        self.assertIn('MT6737', result['what'])
        self.assertIn('MT6765', result['what'])

    def test_storage_mismatch(self):
        self.scatter('storage: EMMC', 'storage: UFS')
        self.refused('STATUS_STORAGE_MISMATCH')

    def test_layout_changed(self):
        name = self.file('MT6765_Android_scatter.txt')
        with open(name, encoding='utf-8') as f:
            text = f.read()
        at = text.index('partition_name: vbmeta')
        size = text.index('partition_size: ', at)
        end = text.index('\n', size)
        with open(name, 'w', encoding='utf-8') as f:
            f.write(text[:size] + 'partition_size: 0x2000' + text[end:])
        self.refused('STATUS_LAYOUT_CHANGED')

    def test_checksum_ini(self):
        shutil.copy(os.path.join(self.pristine, 'Checksum.ini'), self.file('Checksum.ini'))
        with open(self.file('lk.img'), 'r+b') as f:
            f.seek(1000)
            byte = f.read(1)[0]
            f.seek(1000)
            f.write(bytes([byte ^ 1]))
        self.refused('MTK_CHECKSUM_INI', 'lk')

    def test_damaged_container(self):
        name = self.file('MTK_AllInOne_DA.bin')
        os.truncate(name, os.path.getsize(name) // 2)
        self.refused('S_INVALID_DA_FILE', 'MTK_AllInOne_DA.bin')

    def test_preloader_without_dram_settings(self):
        name = next(f for f in os.listdir(self.rom) if f.startswith('preloader_'))
        with open(self.file(name), 'r+b') as f:
            data = f.read()
            at = data.index(b'MTK_BLOADER_INFO')
            f.seek(at)
            f.write(b'X' * 16)
        self.refused('MTK_NO_EMI', name)

    def test_sparse_image_that_contradicts_itself(self):
        with open(self.file('system.img'), 'r+b') as f:
            f.seek(16)
            f.write(b'\xff\xff\xff\x00')
        self.refused('MTK_SPARSE_INVALID', 'system.img')
        os.truncate(self.file('system.img'), 100000)
        self.refused('MTK_SPARSE_INVALID', 'system.img')

    def test_header_form_preloader(self):
        name = next(f for f in os.listdir(self.rom) if f.startswith('preloader_'))
        with open(self.file(name), 'rb') as f:
            data = f.read()
        with open(self.file(name), 'wb') as f:
            f.write(struct.pack('<12sII', b'EMMC_BOOT', 1, 0x200).ljust(0x200, b'\xff'))
            f.write(struct.pack('<8sIIIIHHIII', b'BRLYT', 1, 0x800, 0x40800, 0x42424242, 5, 1, 0x800, 0x40800, 1).ljust(0x600, b'\0'))
            f.write(data)
        self.refused('MTK_IMAGE_INVALID', only='preloader')

    def test_preloader_of_another_chip(self):
        other = self.path('mt6737')
        self.expect(0, 'mtksim', 'make-rom', other, '--chip', 'mt6737')
        name = next(f for f in os.listdir(self.rom) if f.startswith('preloader_'))
        foreign = next(f for f in os.listdir(other) if f.startswith('preloader_'))
        port = f'sim:chip=mt6765,rom={self.pristine}'
        done = run('mtkflash', '--json', '--port', port, '--rom', self.pristine, 'write', 'preloader', os.path.join(other, foreign))
        self.assertEqual((done.returncode, events(done.stdout)[-1]['symbol']), (6, 'MTK_IMAGE_INVALID'), done.stderr)
        shutil.copy(os.path.join(other, foreign), self.file(name))
        done = run('mtkflash', '--json', '--port', port, '--preloader', os.path.join(self.pristine, name), 'flash', self.rom, '--only',
                   'preloader')
        self.assertEqual((done.returncode, events(done.stdout)[-1]['symbol']), (6, 'MTK_IMAGE_INVALID'), done.stderr)
        self.assertEqual(events(done.stdout)[-1]['phone'], 'unchanged')

    def test_unknown_partition(self):
        self.refused('MTK_NO_SUCH_PARTITION', 'moon', code=2, only='moon')

    def test_no_such_folder(self):
        shutil.rmtree(self.rom)
        self.refused('MTK_FILE_MISSING', self.rom)

    def test_phone_of_another_kind(self):
        done = run('mtkflash', '--json', '--port', 'sim:chip=mt6761', 'flash', self.rom)
        self.assertEqual(done.returncode, 6)
        self.assertEqual(events(done.stdout)[-1]['symbol'], 'STATUS_SCATTER_HW_CHIP_ID_MISMATCH')

    def test_blank_phone(self):
        done = run('mtkflash', '--json', '--port', 'sim:chip=mt6765', 'flash', self.rom)
        self.assertEqual(done.returncode, 6)
        self.assertEqual(events(done.stdout)[-1]['symbol'], 'MTK_GPT_INVALID')

    def test_locked_phone_needs_authentication(self):
        port = f'sim:chip=mt6765,rom={self.pristine},security=sbc,sla,daa'
        done = run('mtkflash', '--json', '--port', port, 'flash', self.rom)
        result = events(done.stdout)[-1]
        self.assertEqual((done.returncode, result['phone']), (7, 'unchanged'), done.stderr)


if __name__ == '__main__':
    unittest.main()
