# SPDX-License-Identifier: Apache-2.0
"""mtkflash end to end, as a script would use it: over a socket, a pty and a phone in its own process."""
import hashlib
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from programs import Case, Phone, events, program, run


class Jobs(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import tempfile
        cls.shared = tempfile.TemporaryDirectory(prefix='mtk-')
        cls.rom = os.path.join(cls.shared.name, 'rom')
        cls.factory = os.path.join(cls.shared.name, 'factory')
        for path, seed in ((cls.rom, 2), (cls.factory, 1)):
            done = run('mtksim', 'make-rom', path, '--chip', 'mt6765', '--seed', seed)
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()
        super().tearDownClass()

    def sim(self, more=''):
        return f'sim:chip=mt6765,rom={self.factory}{more}'

    def json(self, code, *words):
        done = self.expect(code, 'mtkflash', '--json', *words)
        out = events(done.stdout)
        self.assertEqual(out[-1]['event'], 'result')
        self.assertEqual(out[-1]['exit'], code)
        self.assertEqual(out[-1]['ok'], code == 0)
        self.assertEqual(sum(e['event'] == 'result' for e in out), 1)
        if code:
            self.assertIn(f'error: {out[-1]["symbol"]}', done.stderr)
            self.assertEqual(out[-1]['code'], out[-1]['symbol'])
        else:
            self.assertEqual(out[-1]['code'], 0)
        return out

    def test_flash_verify_boot_over_a_socket(self):
        state = self.path('phone')
        with Phone('--state', state, '--rom', self.factory, '--listen', 'unix:' + self.path('p')) as phone:
            out = self.json(0, '--port', phone.port, '--record', self.path('s.pcapng'), 'flash', self.rom)
            self.assertEqual(out[-1]['phone'], 'changed')
            verified = {e['partition']: e for e in out if e['event'] == 'verified'}
            self.assertIn('boot', verified)
            self.assertNotIn('preloader', verified)
            with open(os.path.join(self.rom, 'boot.img'), 'rb') as f:
                self.assertEqual(verified['boot']['sha256'], hashlib.sha256(f.read()).hexdigest())
            info = next(e for e in out if e['event'] == 'info')
            self.assertEqual((info['chip'], info['hw_code'], info['stage'], info['agent']),
                             ('MT6765', '0x766', 'brom', 'xflash'))
            self.assertEqual(info['storage']['type'], 'emmc')
            self.assertGreater(info['storage']['sizes']['user'], 1 << 30)
            # The other way in, and nothing to complain about.
            self.json(0, '--port', phone.port, 'verify', self.rom)
            start = next(e['start'] for e in self.json(0, '--port', phone.port, '--rom', self.rom, 'parts')
                         if e['event'] == 'partition' and e['name'] == 'lk')
            self.assertEqual(phone.stop(), 0)
        self.assertIn('boots: ', self.expect(0, 'mtksim', 'boot', '--state', state).stdout)
        self.expect(0, 'mtksim', 'poke', '--state', state, f'user@{start + 0x321}', '--xor', '0x80')
        with Phone('--state', state, '--boot', 'preloader', '--listen', 'unix:' + self.path('p')) as phone:
            out = self.json(1, '--port', phone.port, 'verify', self.rom)
            bad = [e for e in out if e['event'] == 'mismatch']
            self.assertEqual([(e['partition'], e['first_offset'], e['bytes'], e['pattern']) for e in bad],
                             [('lk', 0x321, 1, 'one bit')])
            self.assertEqual(out[-1]['symbol'], 'MTK_VERIFY_MISMATCH')
            self.assertEqual(out[-1]['phone'], 'unchanged')
        shown = self.expect(0, 'mtktrace', 'show', self.path('s.pcapng')).stdout
        for words in ('hw_code 0x0766', 'SEND_DA', 'BOOT_TO', 'DOWNLOAD', 'READ_DATA', 'SHUTDOWN'):
            self.assertIn(words, shown)
        self.assertNotIn('not understood', shown)

    def test_preloader_and_tcp(self):
        with Phone('--boot', 'preloader', '--rom', self.factory, '--listen', 'tcp:127.0.0.1:0') as phone:
            out = self.json(0, '--port', phone.port, 'flash', self.rom, '--only', 'preloader,logo')
            self.assertEqual([e['partition'] for e in out if e['event'] == 'verified'][:1], ['logo'])
            self.assertTrue(any(e['event'] == 'verified' and e['partition'] == 'preloader' for e in out))

    def test_tty(self):
        with Phone('--rom', self.factory, '--listen', 'pty:' + self.path('tty')) as phone:
            out = self.json(0, '--port', 'tty:' + self.path('tty'), '--rom', self.rom, 'info')
            self.assertEqual(out[0]['event'] if out[0]['event'] == 'info' else
                             next(e for e in out if e['event'] == 'info')['event'], 'info')
            self.assertEqual(phone.stop(), 0)

    def test_read_write_erase(self):
        image = self.path('image')
        with open(image, 'wb') as f:
            f.write(os.urandom(70000))
        with Phone('--rom', self.factory, '--listen', 'unix:' + self.path('p')) as phone:
            port = ('--port', phone.port, '--rom', self.rom)
            self.json(0, *port, 'write', 'logo', image)
            self.json(0, *port, 'read', 'logo', self.path('back'))
            with open(image, 'rb') as a, open(self.path('back'), 'rb') as b:
                written = a.read()
                self.assertEqual(b.read(len(written)), written)
            self.json(0, *port, 'erase', 'logo')
            self.json(0, *port, 'read', 'boot1@0x800+56', self.path('gfh'))
            with open(self.path('gfh'), 'rb') as f:
                self.assertTrue(f.read().startswith(b'MMM\x01\x38\0\0\0FILE_INFO'))
            self.assertEqual(self.json(6, *port, 'write', 'nvram', image)[-1]['symbol'], 'MTK_PROTECTED_PARTITION')
            self.json(0, *port, 'reboot')

    def test_plan_writes_nothing(self):
        out = self.json(0, '--port', self.sim(), 'plan', self.rom)
        steps = [e for e in out if e['event'] == 'step']
        self.assertEqual([s['n'] for s in steps], list(range(1, len(steps) + 1)))
        self.assertTrue(all(s['of'] == len(steps) for s in steps))
        risk = next(e for e in out if e['event'] == 'risk')
        self.assertEqual(risk['score'], min(100, sum(f['points'] for f in risk['factors'])))
        self.assertEqual(out[-1]['phone'], 'unchanged')

    def test_scatter_differences_and_fix(self):
        scatter = self.path('scatter.txt')
        with open(os.path.join(self.rom, 'MT6765_Android_scatter.txt'), encoding='utf-8') as f:
            text = f.read()
        start = text.index('partition_name: logo')
        line = text.index('physical_start_addr: ', start)
        end = text.index('\n', line)
        with open(scatter, 'w', encoding='utf-8') as f:
            f.write(text)
        self.json(0, '--port', self.sim(), '--rom', self.rom, 'parts', '--scatter', scatter)
        size = text.index('partition_size: ', end)
        stop = text.index('\n', size)
        with open(scatter, 'w', encoding='utf-8') as f:
            f.write(text[:size] + 'partition_size: 0x1000' + text[stop:])
        out = self.json(6, '--port', self.sim(), '--rom', self.rom, 'parts', '--scatter', scatter, '--fix',
                        self.path('fixed.txt'))
        self.assertIn(('logo', 'size'), [(e['partition'], e['field']) for e in out if e['event'] == 'difference'])
        self.json(0, '--port', self.sim(), '--rom', self.rom, 'parts', '--scatter', self.path('fixed.txt'))

    def test_no_phone(self):
        for port in ('unix:' + self.path('nobody'), 'tty:' + self.path('nobody')):
            out = self.json(3, '--port', port, '--wait', '1', 'info')
            self.assertEqual(out[-1]['symbol'], 'MTK_NO_PHONE')
        with open(self.path('file'), 'w', encoding='utf-8') as f:
            f.write('x')
        for port in ('unix:', 'tty:'):
            self.assertEqual(self.json(1, '--port', port + self.path('file'), '--wait', '1', 'info')[-1]['symbol'],
                             'MTK_PORT_UNREADABLE')

    def test_a_port_that_is_not_a_phone(self):
        for name, answer, symbol in (('zeros', lambda d: bytes(len(d)), 'MTK_NOT_A_PHONE'),
                                     ('echo', lambda d: d, 'MTK_NOT_A_PHONE'),
                                     ('silent', lambda d: b'', 'MTK_NO_ANSWER')):
            path = self.path(name)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()
                server = threading.Thread(target=self.serve, args=(listener, answer))
                server.start()
                out = self.json(1, '--port', 'unix:' + path, '--timeouts', '10', 'info')
                self.assertEqual((out[-1]['symbol'], out[-1]['phone']), (symbol, 'unchanged'))
                server.join()

    @staticmethod
    def serve(listener, answer):
        end, _ = listener.accept()
        with end:
            while data := end.recv(4096):
                end.sendall(answer(data))

    def test_interrupt_ends_the_session_cleanly(self):
        with Phone('--rom', self.factory, '--listen', 'unix:' + self.path('p')) as phone:
            child = subprocess.Popen([program('mtkflash'), '--json', '--port', phone.port, 'flash', self.rom],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            text = ''
            while '"event":"verified"' not in text:
                line = child.stdout.readline()
                self.assertTrue(line, text)
                text += line
            child.send_signal(signal.SIGINT)
            rest, err = child.communicate(timeout=30)
            out = events(text + rest)
            self.assertEqual(child.returncode, 5, err)
            self.assertEqual((out[-1]['symbol'], out[-1]['phone']), ('MTK_CANCELLED', 'changed'))
            # What is on the phone is said: the partitions that were proven are named.
            notes = ' '.join(e['text'] for e in out if e['event'] == 'note')
            self.assertIn('vendor', notes)
            # And the phone is not left hanging.
            time.sleep(0.1)
            self.json(0, '--port', phone.port, 'info')

    def test_interrupt_at_the_start_does_not_leave_the_phone_hanging(self):
        with Phone('--rom', self.factory, '--listen', 'unix:' + self.path('p')) as phone:
            for words in ('agent:', 'DRAM settings'):
                child = subprocess.Popen([program('mtkflash'), '--port', phone.port, '--rom', self.rom, 'info'],
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                while words not in (line := child.stdout.readline()):
                    self.assertTrue(line)
                child.send_signal(signal.SIGINT)
                child.communicate(timeout=30)
                self.json(0, '--port', phone.port, '--rom', self.rom, 'info')

    def test_damaged_recordings(self):
        path = self.path('s.pcapng')
        self.json(0, '--port', self.sim(), '--record', path, 'info')
        self.assertIn('"event":"stats"', self.expect(0, 'mtktrace', '--json', 'stats', path).stdout)
        with open(path, 'rb') as f:
            whole = f.read()
        for cut in (0, 3, 27, 28, 100, 200, 333, 1000, len(whole) - 1):
            with open(path, 'wb') as f:
                f.write(whole[:cut])
            self.assertIn(run('mtktrace', 'show', path).returncode, (0, 1))
        for at in range(0, min(len(whole), 3000), 37):
            with open(path, 'wb') as f:
                f.write(whole[:at] + b'\xff\xff\xff' + whole[at + 3:])
            self.assertIn(run('mtktrace', 'show', path).returncode, (0, 1))

    def test_two_recordings_are_equal(self):
        for name in ('a', 'b'):
            self.json(0, '--port', self.sim(',seed=7'), '--record', self.path(name), 'flash', self.rom, '--only', 'logo,boot')
        with open(self.path('a'), 'rb') as a, open(self.path('b'), 'rb') as b:
            self.assertEqual(hashlib.sha256(a.read()).digest(), hashlib.sha256(b.read()).digest())


if __name__ == '__main__':
    unittest.main()
