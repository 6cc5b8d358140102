# SPDX-License-Identifier: Apache-2.0
"""mtkflash info: what a technician asks for first, on each agent generation and storage, as text and as JSON."""
import os
import re
import tempfile
import unittest

from programs import Case, events, run

# chip, storage, what its agent is, table, marketing name, areas
MODELS = (
    ('mt6737', 'emmc', 'legacy', 'gpt', None, ('boot1', 'boot2', 'rpmb', 'user')),
    ('mt6737', 'nand', 'legacy', 'pmt', None, ('nand',)),
    ('mt6580', 'emmc', 'legacy', 'pmt', None, ('boot1', 'boot2', 'rpmb', 'user')),
    ('mt6765', 'emmc', 'xflash', 'gpt', 'Helio P35/G35', ('boot1', 'boot2', 'rpmb', 'user')),
    ('mt6768', 'ufs', 'xflash', 'gpt', 'Helio P65/G85 k68v1', ('lu0', 'lu1', 'lu2')),
    ('mt6739', 'nand', 'xflash', 'pmt', None, ('nand',)),
    ('mt6789', 'emmc', 'xml', 'gpt', 'MTK Helio G99', ('boot1', 'boot2', 'rpmb', 'user')),
    ('mt6789', 'ufs', 'xml', 'gpt', 'MTK Helio G99', ('lu0', 'lu1', 'lu2')),
)
ALWAYS = ('chip', 'revision', 'stage', 'security', 'demands', 'agent', 'agent version', 'agent from', 'ME id',
          'random id', 'storage', 'storage id', 'storage is', 'table', 'DRAM')
BLOCKS = {'emmc': (512, None), 'ufs': (4096, None), 'nand': (2048, 131072)}


def lines(text):
    """The columns of the text: a dict of lists, because a name may have several lines."""
    out, name = {}, ''
    for line in text.splitlines():
        if len(line) > 15 and line[14] == ' ' and not line.startswith(('agent: ', 'hint: ')):
            name = line[:14].strip() or name
            out.setdefault(name, []).append(line[15:])
    return out


class Info(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = tempfile.TemporaryDirectory(prefix='mtk-')

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()
        super().tearDownClass()

    def rom(self, chip, storage):
        path = os.path.join(self.shared.name, f'{chip}-{storage}')
        if not os.path.isdir(path):
            self.expect(0, 'mtksim', 'make-rom', path, '--chip', chip, '--storage', storage, '--seed', '7')
        return path

    def info(self, chip, storage, *words, security='', code=0, boot='brom', agent=True):
        rom = self.rom(chip, storage)
        port = f'sim:chip={chip},storage={storage},boot={boot},seed=5,rom={rom}'
        if security:
            port += f',security={security}'
        return self.expect(code, 'mtkflash', '--port', port, *(('--rom', rom) if agent else ()), *words, 'info')

    def json(self, *words, **kw):
        out = events(self.info(*words[:2], '--json', *words[2:], **kw).stdout)
        return next(e for e in out if e['event'] == 'info'), out[-1]

    def test_every_model(self):
        for chip, storage, agent, table, marketing, areas in MODELS:
            with self.subTest(chip=chip, storage=storage):
                shown, (event, result) = lines(self.info(chip, storage).stdout), self.json(chip, storage)
                self.assertEqual((result['ok'], result['phone']), (True, 'unchanged'))
                for name in ALWAYS:
                    self.assertIn(name, shown)
                self.assertEqual((event['agent'], event['storage']['type'], event['storage']['table']),
                                 (agent, storage, table))
                self.assertEqual(tuple(event['storage']['sizes']), areas)
                self.assertEqual((event['stage'], event['target_config'], event['auth']), ('brom', '0x0', 'none'))
                self.assertEqual(event.get('marketing'), marketing)
                self.assertTrue(shown['chip'][0].startswith(event['chip']))
                self.assertEqual('sold as' in shown['chip'][0], marketing is not None)
                self.assertIn(f'hw code 0x{int(event["hw_code"], 16):04X}', shown['revision'][0])
                self.assertEqual((shown['agent'], shown['table'], shown['demands']), ([agent], [table], ['none']))
                self.assertIn('boot ROM', shown['stage'][0])
                self.assertIn('secure boot off', shown['security'][0])
                for area in areas:
                    self.assertRegex(shown['storage'][0], rf'\b{area} [0-9.]+ [MG]iB')
                block, erase = BLOCKS[storage]
                self.assertEqual(event['storage']['block'], block)
                if erase:
                    self.assertEqual(event['storage']['erase_block'], erase)
                    self.assertIn('erased by 128 KiB', shown['storage'][0])
                self.assertGreater(event['dram'], 1 << 29)
                how = r"the agent's own settings" if agent == 'xml' else r'the settings of preloader_\w+\.bin \(EMI v\d+\)'
                self.assertRegex(shown['DRAM'][0], rf'^[0-9.]+ GiB, brought up with {how}$')
                if storage != 'nand':
                    self.assertEqual(event['lock'], 'unlocked')
                    self.assertEqual(shown['lock state'], ['unlocked'])

    def test_storage_in_words(self):
        for chip, storage, *_ in MODELS:
            with self.subTest(chip=chip, storage=storage):
                words = lines(self.info(chip, storage, '--ids').stdout)['storage is'][0]
                if storage == 'emmc':
                    self.assertRegex(words, r'^Samsung \w{6}, revision \d\.\d, made 20\d\d-\d\d, serial [0-9A-F]{8}$')
                elif storage == 'nand':
                    self.assertEqual(words, 'Micron')
                else:
                    self.assertRegex(words, r'^(Samsung )?KM5V8001DM-B62')

    def test_ids_are_masked_unless_asked_for(self):
        for chip, storage, *_ in MODELS:
            with self.subTest(chip=chip, storage=storage):
                full, _ = self.json(chip, storage, '--ids')
                ids = [full['me_id'], full['random_id'], full['storage']['id']]
                ids += [full[name] for name in ('soc_id',) if name in full]
                serial = full['storage'].get('serial')
                text = self.info(chip, storage, '--ids').stdout
                for secret in ids:
                    self.assertRegex(secret, '^[0-9a-f]{10,}$')
                    self.assertIn(secret, text)
                for hidden in (self.info(chip, storage).stdout, self.info(chip, storage, '--json').stdout,
                               self.info(chip, storage, '--verbose').stdout):
                    for secret in ids:
                        self.assertNotIn(secret, hidden)
                        self.assertNotIn(secret[4:], hidden)
                    if serial:
                        self.assertNotIn(serial.removeprefix('0x').upper(), hidden.upper())
                if storage == 'emmc':
                    self.assertTrue(serial)

    def test_what_the_phone_demands(self):
        for chip, storage in (('mt6737', 'emmc'), ('mt6765', 'emmc'), ('mt6789', 'ufs')):
            with self.subTest(chip=chip):
                # Nothing at hand: exit 7, and it is said what would go where.
                done = self.info(chip, storage, security='sbc,sla,daa,cert,mread', code=7)
                shown = lines(done.stdout)
                self.assertEqual(shown['security'], ['0x37: secure boot on, serial-link authorisation needed, signed '
                                                     'agent needed, root certificate needed, memory reads locked'])
                self.assertEqual([d.partition(':')[0] for d in shown['demands']],
                                 ['an agent that the vendor has signed', 'a root certificate', 'an auth file',
                                  'the answer to an SLA challenge'])
                for option, line in zip(('--cert', '--auth', '--sla-key'), shown['demands'][1:]):
                    self.assertTrue(line.endswith(f'would go to {option}'), line)
                self.assertIn('STATUS_SEC_AUTH_FILE_NEEDED', done.stderr)
                # Everything at hand.
                vendor = os.path.join(self.rom(chip, storage), 'vendor')
                words = ['--auth', f'{vendor}/auth_sv5.auth', '--cert', f'{vendor}/mtksim.cert', '--sla-key',
                         f'{vendor}/sla.pem', '--da-sla-key', f'{vendor}/da_sla.pem']
                event, _ = self.json(chip, storage, *words, security='sbc,sla,daa,cert,dasla')
                self.assertEqual((event['sbc'], event['sla'], event['daa'], event['lock']), (True, True, True, 'locked'))
                self.assertIn(f'{vendor}/auth_sv5.auth', event['auth'])
                self.assertEqual(f"the agent's own challenge: {vendor}/da_sla.pem" in event['auth'], chip != 'mt6737')

    def test_without_an_agent(self):
        for boot, words in (('brom', 'the boot ROM'), ('preloader', "the phone's own first loader")):
            done = self.info('mt6765', 'emmc', boot=boot, security='daa', agent=False)
            shown = lines(done.stdout)
            self.assertIn(words, shown['stage'][0])
            self.assertEqual(shown['demands'][0], 'an agent that the vendor has signed')
            self.assertIn('ME id', shown)
            self.assertNotIn('storage', shown)
            self.assertIn('hint: with a Download Agent (--da FILE) the phone also tells about its storage and DRAM',
                          done.stdout)

    def test_through_the_preloader(self):
        for chip, storage, agent, *_ in MODELS:
            with self.subTest(chip=chip, storage=storage):
                shown = lines(self.info(chip, storage, boot='preloader').stdout)
                self.assertEqual(shown['agent'], [agent])
                if agent != 'xml':
                    self.assertRegex(shown['DRAM'][0], "brought up by the phone's own preloader")

    def test_other_commands_say_it_in_a_line(self):
        rom = self.rom('mt6765', 'emmc')
        done = run('mtkflash', '--port', f'sim:chip=mt6765,rom={rom}', '--rom', rom, 'parts')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(re.search(r'^phone: MT6765 in brom, xflash agent, emmc of 58\.2 GiB$', done.stdout, re.M), done.stdout)


if __name__ == '__main__':
    unittest.main()
