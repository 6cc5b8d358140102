# SPDX-License-Identifier: Apache-2.0
"""mtkflash over USB/IP: its own client against the phone's server, through real URBs and no kernel."""
import unittest

from programs import Case, Phone, events

SERVER = 'usbip:127.0.0.1:0'


class Usbip(Case):
    def flash(self, chip, boot):
        """A verified flash of a whole ROM; the phone must boot from it."""
        rom, state = self.path(f'rom-{chip}'), self.path(f'{chip}-{boot}')
        self.expect(0, 'mtksim', 'make-rom', rom, '--chip', chip)
        with Phone('--chip', chip, '--boot', boot, '--rom', rom, '--state', state, '--listen', SERVER) as phone:
            last = events(self.expect(0, 'mtkflash', '--json', '--port', phone.port, 'flash', rom).stdout)[-1]
            self.assertEqual((last['event'], last['ok'], last['phone']), ('result', True, 'changed'))
            self.assertEqual(phone.stop(), 0)
        self.expect(0, 'mtksim', 'boot', '--state', state)

    def test_legacy(self):
        self.flash('mt6737', 'brom')

    def test_xflash(self):
        self.flash('mt6765', 'preloader')

    def test_xml(self):
        self.flash('mt6789', 'preloader')

    def test_ports(self):
        with Phone('--chip', 'mt6765', '--listen', SERVER) as phone:
            port, result = events(self.expect(0, 'mtkflash', '--json', '--port', phone.port, 'ports').stdout)
            self.assertEqual(port, {'event': 'port', 'port': phone.port + '/1-1', 'what': 'MediaTek boot ROM', 'usable': True,
                                    'vid': '0x0e8d', 'pid': '0x0003'})
            self.assertTrue(result['ok'])
            self.expect(0, 'mtkflash', '--port', port['port'], 'info')
            done = self.expect(3, 'mtkflash', '--port', phone.port + '/9-9', '--wait', '1', 'info')
            self.assertIn('does not give out 9-9', done.stderr)
            where = phone.port
        done = self.expect(3, 'mtkflash', '--port', where, '--wait', '1', 'info')
        self.assertIn('MTK_NO_PHONE', done.stderr)
        self.assertIn('hint: waiting for a phone', done.stdout + done.stderr)
        self.assertIn('MTK_PORT_UNREADABLE', self.expect(1, 'mtkflash', '--port', where, 'ports').stderr)


if __name__ == '__main__':
    unittest.main()
