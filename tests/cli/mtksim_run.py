# SPDX-License-Identifier: Apache-2.0
"""mtksim run: a phone behind a port, as a script uses it."""
import json
import os
import re
import signal
import unittest

from programs import Case, Host, Phone


class Ports(Case):
    def test_unix(self):
        path = self.path('phone')
        with Phone('--listen', f'unix:{path}') as phone:
            self.assertEqual(phone.port, f'unix:{path}')
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())
            phone.wait_for('host disconnected')
            with Host(phone.port) as host:  # the phone is where it was left, in its command loop
                self.assertEqual(host.ask('fd', 5), 'fd07660000')
            self.assertEqual(phone.stop(), 0)
            self.assertEqual(phone.rest, '')
        self.assertFalse(os.path.exists(path))

    def test_tcp_says_which_port_it_took(self):
        with Phone('--listen', 'tcp:127.0.0.1:0') as phone:
            self.assertRegex(phone.port, r'^tcp:127\.0\.0\.1:[1-9]\d*$')
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())
                self.assertEqual(host.ask('fd', 5), 'fd07660000')
                with Host(phone.port) as second:
                    self.assertTrue(second.ended())
                self.assertEqual(host.ask('fd', 5), 'fd07660000')
            self.assertEqual(phone.stop(signal.SIGINT), 0)
            self.assertIn('turned away', phone.log)

    def test_pty(self):
        link = self.path('tty')
        with Phone('--listen', f'pty:{link}') as phone:
            self.assertEqual(f'pty:{link}', phone.port)
            self.assertTrue(os.readlink(link).startswith('/dev/'))
            fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
            os.write(fd, b'\xa0')
            self.assertEqual(os.read(fd, 1), b'\x5f')
            os.close(fd)
            self.assertEqual(phone.stop(), 0)
        self.assertFalse(os.path.lexists(link))

    def test_usbip(self):
        """A list names every phone (section layout of the kernel's usbip_protocol.rst); each keeps a folder of its own."""
        state = self.path('state')
        with Phone('--listen', 'usbip:127.0.0.1:0', '--phones', 2, '--state', state, '--seed', 5) as phone:
            self.assertRegex(phone.port, r'^usbip:127\.0\.0\.1:[1-9]\d*$')
            with Host(phone.port) as host:
                listed = bytes.fromhex(host.ask('0111800500000000', 12 + 2 * 320))
                self.assertTrue(host.ended())
            self.assertEqual(listed[:12].hex(), '011100050000000000000002')
            self.assertEqual([listed[12 + 320 * i + 256:].split(b'\0')[0] for i in (0, 1)], [b'1-1', b'1-2'])
            with Host(phone.port) as host:
                self.assertEqual(host.ask('0111800300000000' + b'1-2'.hex().ljust(64, '0'), 0x140)[:16], '0111000300000000')
            phone.wait_for('1-2: host disconnected')
            self.assertEqual(phone.stop(), 0)
        for i in (1, 2):
            with open(os.path.join(state, f'1-{i}', 'phone.json'), encoding='utf-8') as f:
                self.assertEqual(int(json.load(f)['seed'], 16), 4 + i)

    def test_name_in_use(self):
        listen = f'unix:{self.path("phone")}'
        with Phone('--listen', listen) as phone:
            self.assertIn('in use', self.expect(1, 'mtksim', 'run', '--listen', listen).stderr)
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())


class Phones(Case):
    def test_chip(self):
        with Phone('--listen', f'unix:{self.path("p")}', '--chip', 'MT6737') as phone, Host(phone.port) as host:
            self.assertTrue(host.start_brom())
            self.assertEqual(host.ask('fd', 5), 'fd03350000')

    def test_setting(self):
        with Phone('--listen', f'unix:{self.path("p")}', '--set', 'chip_id=0x717') as phone, Host(phone.port) as host:
            self.assertTrue(host.start_brom())
            self.assertEqual(host.ask('fd', 5), 'fd07170000')

    def test_security(self):
        """GET_TARGET_CONFIG tells the fuses (section 4.7)."""
        with Phone('--listen', f'unix:{self.path("p")}', '--security', 'sbc,sla') as phone, Host(phone.port) as host:
            self.assertTrue(host.start_brom())
            config = int(host.ask('d8', 7)[2:10], 16)
            self.assertEqual(config & 7, 3)

    def test_seed(self):
        """The ids follow from the seed and from nothing else (GET_ME_ID, section 4.8)."""
        ids = []
        for seed in (1, 2, 1):
            with Phone('--listen', f'unix:{self.path("p")}', '--seed', seed) as phone, Host(phone.port) as host:
                self.assertTrue(host.start_brom())
                ids.append(host.ask('e1', 5 + 16 + 2))
        self.assertEqual(ids[0], ids[2])
        self.assertNotEqual(ids[0], ids[1])

    def test_preloader_is_ready(self):
        self.expect(0, 'mtksim', 'make-rom', self.path('rom'), '--chip', 'mt6765')
        with Phone('--listen', f'unix:{self.path("p")}', '--rom', self.path('rom'), '--boot', 'preloader') as phone:
            with Host(phone.port) as host:
                self.assertEqual(host.read(10), b'READYREADY'.hex())


class Files(Case):
    def test_record(self):
        file = self.path('a.pcapng')
        with Phone('--listen', f'unix:{self.path("p")}', '--record', file, '--once') as phone:
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())
            self.assertEqual(phone.wait(), 0)
        with open(file, 'rb') as recording:
            data = recording.read()
        self.assertEqual(data[:4], b'\x0a\x0d\x0d\x0a')
        self.assertEqual(int.from_bytes(data[-4:], 'little') % 4, 0)
        # what the host sent, each byte a bulk OUT transfer on endpoint 1
        sent = re.findall(rb'S\x03\x01\x01\x01\x00-\x00.{40}\x00{8}(.)\x00\x00\x00', data, re.DOTALL)
        self.assertEqual(b''.join(sent), b'\xa0\x0a\x50\x05')

    def test_uart(self):
        file = self.path('uart')
        with Phone('--listen', f'unix:{self.path("p")}', '--uart', file, '--once') as phone:
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())
            self.assertEqual(phone.wait(), 0)
        with open(file, encoding='ascii') as log:
            lines = log.read().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r'^\[ *\d+\.\d{6}\] ')

    def test_state_is_kept_and_locked(self):
        listen = ('--listen', f'unix:{self.path("p")}', '--state', self.path('phone'))
        with Phone(*listen, '--seed', 5) as phone:
            self.assertIn('another process', self.expect(1, 'mtksim', 'run', '--listen', 'pty', '--state',
                                                         self.path('phone')).stderr)
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())
                first = host.ask('e1', 5 + 16 + 2)
            self.assertEqual(phone.stop(), 0)
        self.assertEqual(sorted(os.listdir(self.path('phone'))),
                         ['boot1.img', 'boot2.img', 'phone.json', 'rpmb.img', 'user.img'])
        with Phone(*listen) as phone, Host(phone.port) as host:
            self.assertTrue(host.start_brom())
            self.assertEqual(host.ask('e1', 5 + 16 + 2), first)


class Faults(Case):
    def test_fires(self):
        with Phone('--listen', f'unix:{self.path("p")}', '--once', '--fault', 'drop:tx,offset=4') as phone:
            with Host(phone.port) as host:
                self.assertTrue(host.start_brom())
                host.ask('fd', 0)
                self.assertTrue(host.ended())
            self.assertEqual(phone.wait(), 0)
            self.assertIn('left the bus', phone.log)

    def test_never_fired(self):
        """A script that asks for one session with a fault must not pass when there was none."""
        fault = ('--fault', 'silence:name=SEND_DA')
        for once, code in ((['--once'], 1), ([], 0)):
            with Phone('--listen', f'unix:{self.path("p")}', *fault, *once) as phone:
                with Host(phone.port) as host:
                    self.assertTrue(host.start_brom())
                self.assertEqual(phone.wait() if once else phone.stop(), code)
                self.assertIn('never happened', phone.log)


if __name__ == '__main__':
    unittest.main()
