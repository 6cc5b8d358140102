# SPDX-License-Identifier: Apache-2.0
"""
Proof by others: mtkclient, unmodified, on the simulated phone. docs/peers.md tells what is covered and what differs.

    peers.py usb    the phone in mtkclient's process, on a USB bus that pyusb sees
    peers.py tty    the phone behind `mtksim run --listen pty`, as a serial port

Exit status 77 with a reason if something is missing here. Standard library only; the clone of mtkclient and its packages
are used by the process that run_mtkclient.py becomes.
"""
import concurrent.futures
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

from flashimage import FlashImage, pad
from simphone import Phone

HERE = os.path.dirname(os.path.abspath(__file__))
SKIP = 77
PACKAGES = {'usb': 'python3-usb', 'serial': 'python3-serial', 'Cryptodome': 'python3-pycryptodome',
            'colorama': 'python3-colorama'}
HOW_TO_RUN = 'MTKCLIENT_DIR=/path/to/a/clone/of/bkerler/mtkclient meson test -C BUILD --suite peers'
STARTED = 'Get Target info'  # what mtkclient says once the phone has answered
START_S = 15                 # for that
TRIES = 5                    # connections over the terminal; each works at once or never (docs/peers.md)
SESSION_S = 90               # for a whole session
POLL_S = 0.1
TTY_AT_ONCE = 2              # phones behind a terminal whose start no load can lose
PATIENCE_S = 2               # shortest read over the terminal: DRAM takes longer to start than mtkclient waits
STORAGE = 192 << 20          # what the layouts of make-rom need
USB_PID = {'brom': '0003', 'preloader': '2000'}

TARGET, ERASED = 'logo', 'para'  # partitions that are written and erased; every ROM has them
TTY = '@TTY@'                    # stands for the phone's terminal in mtkclient's words
NEW = b''.join(i.to_bytes(4, 'big') for i in range(75001))  # 300004 bytes: no whole number of sectors


@dataclass
class Model:
    agent: str
    chip: str
    hw_code: str
    gone_to: str  # where the phone is some seconds after `reset`
    storage: str = 'emmc'

    @property
    def name(self):
        return f'{self.chip}-{self.storage}'

    @property
    def sector(self):
        return 4096 if self.storage == 'ufs' else 512

    @property
    def new(self):
        """What is written. mtkclient fills up to 512 bytes on any storage, so UFS gets whole sectors (docs/peers.md)."""
        return NEW if self.storage == 'emmc' else NEW[:len(NEW) // self.sector * self.sector]

    @property
    def areas(self):
        """Images of the state folder that hold the user area and the first boot area."""
        return ('lu2.img', 'lu0.img') if self.storage == 'ufs' else ('user.img', 'boot1.img')


MODELS = (Model('legacy', 'mt6737', '0x335', 'off'), Model('xflash', 'mt6765', '0x766', 'off'),
          Model('xml', 'mt6789', '0x1208', 'boot'))
UFS_MODELS = (Model('xflash', 'mt6785', '0x813', 'off', 'ufs'), Model('xml', 'mt6855', '0x1129', 'boot', 'ufs'))

# What mtkclient says although the phone has done it right, and why (docs/peers.md). A clone that no longer says it passes too.
QUIRKS = {('xml', 'e'): ('Error on format', 'mtkclient says failed: awaits one frame too many'),
          ('xml', 'reset'): ('Device disconnected', 'mtkclient says failed: awaits the next command'),
          ('xflash', 'extension'): ('DA Extensions failed to enable', "mtkclient's own extension is refused, it goes on")}


class Table:
    """Rows of what was tried; printed as they come, so that a run which hangs has shown how far it got."""

    def __init__(self):
        self.failures = self.unmet = 0
        self.lock = threading.Lock()
        self._line('way', 'agent', 'storage', 'from', 'operation', 'result', 'note')

    @staticmethod
    def _line(way, agent, storage, boot, operation, result, note):
        print(f'{way:4} {agent:7} {storage:7} {boot:10} {operation:28} {result:7} {note}'.rstrip(), flush=True)

    def row(self, cell, operation, problem, note=''):
        """problem: None if it went well, else what is wrong."""
        with self.lock:
            self.failures += problem is not None
            self._line(cell.way, cell.model.agent, cell.model.storage, cell.boot, operation,
                       'FAILED' if problem else 'ok', problem or note)

    def never_started(self, cell, operation):
        """An older preloader's start over a serial port, which mtkclient may lose as often as it tries (docs/peers.md)."""
        self.unmet += 1
        self._line(cell.way, cell.model.agent, cell.model.storage, cell.boot, operation, 'unmet', f'start lost {TRIES} times')

    def end(self, seconds):
        print(f'{self.failures} failed, {self.unmet} unmet, {seconds:.0f} s')
        return 1 if self.failures else 0


# ---- what is needed ----


def _interpreter():
    """A Python that has the packages: (path, None), or (None, the packages that are missing in the best of them)."""
    missing = list(PACKAGES)
    for python in dict.fromkeys((sys.executable, '/usr/bin/python3')):
        test = 'import importlib.util as u, sys; print(*[m for m in sys.argv[1:] if not u.find_spec(m)])'
        try:
            answer = subprocess.run([python, '-c', test, *PACKAGES], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        lacks = answer.stdout.split()
        if not lacks:
            return python, None
        if len(lacks) <= len(missing):
            missing = lacks
    return None, [PACKAGES[module] for module in missing]


def _requirements():
    """The interpreter, or the sentence that says why this cannot run."""
    clone = os.environ.get('MTKCLIENT_DIR')
    if not clone:
        return None, 'MTKCLIENT_DIR names no clone of bkerler/mtkclient'
    if not os.path.isfile(os.path.join(clone, 'mtk.py')):
        return None, f'MTKCLIENT_DIR: there is no mtk.py in {clone}'
    python, missing = _interpreter()
    return python, None if python else f'no Python here has: {" ".join(missing)}'


# ---- phones ----


def _text(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


class Bench:
    """ROMs, new phones, and running mtkclient."""

    def __init__(self, folder, python, models):
        self.folder, self.python = folder, python
        for model in models:
            subprocess.run([os.environ['MTKSIM'], 'make-rom', self.rom(model), '--chip', model.chip, '--storage',
                            model.storage], check=True, stdout=subprocess.DEVNULL)

    def rom(self, model):
        return os.path.join(self.folder, 'rom-' + model.name)

    def loader(self, model):
        """The ROM's Download Agent container."""
        for root, _, names in sorted(os.walk(self.rom(model))):
            for name in sorted(names):
                if 'DA' in name and name.endswith('.bin'):
                    return os.path.join(root, name)
        raise FileNotFoundError('no DA container in ' + self.rom(model))

    def preloader(self, model):
        return os.path.join(self.rom(model), f'preloader_mtksim{model.chip[2:]}.bin')

    def factory(self, model, security):
        """A folder with a phone as it leaves the factory; made once, never changed."""
        state = os.path.join(self.folder, f'factory-{model.name}{security}')
        if not os.path.isdir(state):
            Phone(os.environ['LIBMTKSIM'], state, model.chip, 'brom', model.storage, self.rom(model), STORAGE,
                  security).close()
        return state

    def run(self, folder, around, words, hopeless=lambda: False):
        """
        Runs mtkclient in a folder. Returns (finished, what it said). It is ended if it does not end in time, and before
        that if it has not started in time or hopeless() says that it never will.
        """
        command = [self.python, '-B', os.path.join(HERE, 'run_mtkclient.py'), *around, '--', *words]
        said, begun = os.path.join(folder, 'said'), time.monotonic()
        with open(said, 'wb') as file:
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                       env={**os.environ, 'PYTHONIOENCODING': 'utf-8', 'PYTHONUNBUFFERED': '1'})
        finished = False
        while not finished and time.monotonic() - begun < SESSION_S:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
                finished = True
            if STARTED not in _text(said) and (time.monotonic() - begun > START_S or hopeless()):
                break
        if not finished:
            process.kill()
            process.wait()
        return finished, _text(said)


class Cell:
    """One phone of one model, started in one mode, reached in one way."""

    def __init__(self, bench, way, model, boot, security=''):
        self.bench, self.way, self.model, self.boot, self.security = bench, way, model, boot, security
        self.folder = tempfile.mkdtemp(prefix=f'{way}-{model.agent}-{boot}-', dir=bench.folder)
        self.state = os.path.join(self.folder, 'phone')

    def __enter__(self):
        subprocess.run(['cp', '-r', '--sparse=always', self.bench.factory(self.model, self.security), self.state],
                       check=True)
        self.expected = {name: FlashImage(os.path.join(self.bench.factory(self.model, self.security), name), self.model.sector)
                         for name in sorted(os.listdir(self.state)) if name.endswith('.img')}
        self.user, self.boot1 = (self.expected[name] for name in self.model.areas)
        return self

    def __exit__(self, *exc):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def on_usb(self, words):
        """mtkclient with this phone on its USB bus: (finished, what it said, what became of the phone)."""
        around = ['usb', os.environ['LIBMTKSIM'], self.model.chip, self.boot, self.state, self.path('report')]
        finished, said = self.bench.run(self.folder, around, words)
        if not finished:
            return finished, said, {}
        with open(self.path('report'), encoding='ascii') as file:
            return finished, said, json.load(file)

    def on_tty(self, words):
        """mtkclient on this phone's terminal: (finished, what it said, what the phone said)."""
        link = self.path('ttyPHONE')
        command = [os.environ['MTKSIM'], 'run', '--chip', self.model.chip, '--boot', self.boot, '--state', self.state,
                   '--listen', 'pty:' + link]
        log = self.path('phone.log')
        with open(log, 'wb') as file:
            phone = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, text=True)
        try:
            phone.stdout.readline()  # ready
            around = ['tty', link, '0e8d:' + USB_PID[self.boot], str(PATIENCE_S)]
            finished, said = self.bench.run(self.folder, around, [word.replace(TTY, link) for word in words],
                                            lambda: 'left the bus' in _text(log))
        finally:
            phone.terminate()
            phone.communicate(timeout=SESSION_S)
        return finished, said, _text(log)

    def session_words(self, commands):
        """Options and commands of a session with an agent. --stock: no patching of agents, no exploits."""
        options = ['--loader', self.bench.loader(self.model), '--stock']
        if self.way == 'tty':
            options += ['--serialport', TTY]
        if self.boot == 'brom':
            options += ['--preloader', self.bench.preloader(self.model)]  # for its DRAM settings
        return [*options, 'multi', ';'.join(commands)]


# ---- checks; each returns None or what is wrong ----


def _target_config(cell, said):
    sbc = 'sbc' in cell.security
    for text in (f'HW code:\t\t\t{cell.model.hw_code}\n', 'Getting target info...', f'SBC enabled:\t\t{sbc}',
                 'SLA enabled:\t\tFalse', 'DAA enabled:\t\tFalse', 'Cmd 0xC8 blocked:\tFalse'):
        if text not in said:
            return f'mtkclient did not say {text.strip()!r}'
    return None


def _printed_table(cell, said):
    """The GPT as mtkclient printed it, against the one on the flash."""
    printed = {}
    for line in said.splitlines():
        name, _, rest = line.partition(':')
        words = rest.replace(',', ' ').split()
        if words[:1] == ['Offset'] and words[2:3] == ['Length']:
            printed[name] = int(words[1], 16), int(words[3], 16)
    wanted = cell.user.partitions()
    return None if printed == wanted else f'{len(printed)} entries, not the {len(wanted)} that are on the flash'


def _file(cell, name, image, offset=0, size=None):
    """A file that mtkclient has read, against what the flash has there."""
    path = cell.path(name)
    return image.first_difference(path, offset, size) if os.path.exists(path) else 'was not read'


def _every_partition(cell, folder, left_out=()):
    for name, (offset, size) in cell.user.partitions().items():
        problem = None if name in left_out else _file(cell, f'{folder}/{name}.bin', cell.user, offset, size)
        if problem:
            return f'{name} {problem}'
    return None


def _flash(cell):
    """All areas of the phone, byte for byte."""
    for name, image in cell.expected.items():
        problem = image.first_difference(os.path.join(cell.state, name))
        if problem:
            return f'{name} {problem}'
    return None


def _quirk(cell, operation, said):
    text, note = QUIRKS.get((cell.model.agent, operation), (None, ''))
    return note if text and text in said else ''


def _reset(cell, said, left):
    """(None or what is wrong, note)"""
    if not left['on_bus'] and left['later'] == cell.model.gone_to:
        return None, _quirk(cell, 'reset', said)
    if cell.model.agent == 'legacy' and left['on_bus'] and left['stage'] == 'da2':
        return None, "stays on: mtkclient leaves out FINISH's argument"
    return f'the phone is in {left["stage"]}, later in {left["later"]}, not in {cell.model.gone_to}', ''


# ---- sessions ----


def _commands(skip=''):
    return ['printgpt', f'r {TARGET} before.bin', f'w {TARGET} new.bin', f'r {TARGET} after.bin', f'e {ERASED}',
            f'r {ERASED} erased.bin', 'r preloader boot1.bin --parttype boot1', 'rl all' + skip, 'reset']


def _check_session(table, cell, said, left_out=()):
    """The rows of a session, but for its reset; lays over the expected flash what the session has done."""
    target, erased = cell.user.partitions()[TARGET], cell.user.partitions()[ERASED]
    table.row(cell, 'printgpt', _printed_table(cell, said))
    table.row(cell, f'r {TARGET}', _file(cell, 'before.bin', cell.user, *target))
    cell.user.lay(target[0], pad(cell.model.new, cell.model.sector))
    table.row(cell, f'w {TARGET}, r', _file(cell, 'after.bin', cell.user, *target))
    cell.user.lay(erased[0], bytes(erased[1]))  # an erased eMMC reads as zeros
    table.row(cell, f'e {ERASED}, r', _file(cell, 'erased.bin', cell.user, *erased), _quirk(cell, 'e', said))
    table.row(cell, 'r boot1', _file(cell, 'boot1.bin', cell.boot1))
    table.row(cell, 'rl' + (', but for the largest' if left_out else ''), _every_partition(cell, 'all', left_out))


def _write_new(cell):
    with open(cell.path('new.bin'), 'wb') as file:
        file.write(cell.model.new)


def _trouble(finished, said):
    """Why a session did not come to its end by itself."""
    if not finished:
        return 'mtkclient did not end: ' + repr(said[-200:])
    if 'Traceback' in said:
        return 'mtkclient broke down: ' + said.rstrip().splitlines()[-1]
    return None


def usb_cell(table, cell):
    with cell:
        finished, said, left = cell.on_usb(['gettargetconfig'])
        table.row(cell, 'gettargetconfig', _trouble(finished, said) or _target_config(cell, said))
        _write_new(cell)
        finished, said, left = cell.on_usb(cell.session_words(_commands()))
        trouble = _trouble(finished, said)
        table.row(cell, 'session', trouble, _quirk(cell, 'extension', said))
        if trouble:
            return
        _check_session(table, cell, said)
        table.row(cell, 'reset', *_reset(cell, said, left))
        table.row(cell, 'flash, byte for byte', _flash(cell))


def _persistent(cell, words):
    """Starts again until the start has worked, as a user would. Returns (finished, said, phone's log, tries)."""
    for tries in range(1, TRIES + 1):
        finished, said, log = cell.on_tty(words)
        if STARTED in said:
            break
    return finished, said, log, tries


def _lost(cell, said, log):
    """The start was lost as docs/peers.md tells it: only by preloaders that take no doubled A0, and on the phone's side too."""
    out_of_step = 'left the bus' in log or 'Sync error' in said
    return STARTED not in said and cell.model.agent == 'legacy' and cell.boot == 'preloader' and out_of_step


def _tries(number):
    return f'{number} tries' if number > 1 else ''


def tty_config(table, cell):
    with cell:
        words = ['gettargetconfig', '--serialport', TTY]
        finished, said, log, tries = _persistent(cell, words)
        if _lost(cell, said, log):
            table.never_started(cell, 'gettargetconfig')
            return
        table.row(cell, 'gettargetconfig', _trouble(finished, said) or _target_config(cell, said), _tries(tries))
        table.row(cell, 'flash, byte for byte', _flash(cell))


def tty_stage1(table, cell):
    """How far mtkclient's serial code comes with agents of this generation: into stage 1."""
    with cell:
        words = cell.session_words(['printgpt'])
        finished, said, log, tries = _persistent(cell, words)
        problem = None
        if not finished or 'Jumping to 0x200000: ok' not in said or '(stage da' not in log:
            problem = 'the Download Agent did not start'
        note = '' if 'Total disk size' in said else "mtkclient's serial code cannot go on"
        table.row(cell, 'upload and start of stage 1', problem, ', '.join(filter(None, (_tries(tries), note))))
        table.row(cell, 'flash, byte for byte', _flash(cell))


def tty_session(table, cell):
    largest = 'system', 'userdata', 'cache', 'boot', 'recovery'
    with cell:
        _write_new(cell)
        words = cell.session_words(_commands(' --skip ' + ','.join(largest)))
        finished, said, log, tries = _persistent(cell, words)
        if _lost(cell, said, log):
            table.never_started(cell, 'session')
            return
        trouble = _trouble(finished, said)
        table.row(cell, 'session', trouble, _tries(tries))
        if not trouble:
            _check_session(table, cell, said, largest)
            table.row(cell, 'reset', None if 'Reset command was sent' in said else 'was not sent')
            table.row(cell, 'flash, byte for byte', _flash(cell))


def usb(table, bench):
    for model in MODELS + UFS_MODELS:
    
        for boot in ('brom', 'preloader'):
            # Where secure boot is off, mtkclient patches a BROM phone's XML agent whatever --stock says, and its search
            # for the places breaks down in agents that are not the vendor's. A phone with the fuse is left alone.
            usb_cell(table, Cell(bench, 'usb', model, boot, 'sbc' if (model.agent, boot) == ('xml', 'brom') else ''))


def _tty_model(table, bench, model, boot):
    tty_config(table, Cell(bench, 'tty', model, boot))
    through = tty_session if model.agent == 'legacy' else tty_stage1
    through(table, Cell(bench, 'tty', model, boot))


def tty(table, bench):
    """
    Most of this is mtkclient waiting, so phones are served side by side; but for the legacy ones, whose preloader's start is
    a matter of milliseconds, and which have the machine to themselves.
    """
    with concurrent.futures.ThreadPoolExecutor(TTY_AT_ONCE) as pool:
        alone = [model for model in MODELS if model.agent == 'legacy']
        for model in alone:
            for boot in USB_PID:
                _tty_model(table, bench, model, boot)
        others = [model for model in MODELS if model not in alone]
        for model in others:
            bench.factory(model, '')
        work = [pool.submit(_tty_model, table, bench, model, boot) for model in others for boot in USB_PID]
        for cell in work:
            cell.result()


def main(way):
    python, reason = _requirements()
    if reason:
        print(f'SKIP: {reason}.\nTo run this: apt install {" ".join(PACKAGES.values())}; {HOW_TO_RUN}')
        return SKIP
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='peers-') as folder:
        models = MODELS + UFS_MODELS if way == 'usb' else MODELS
        bench, table = Bench(folder, python, models), Table()
        {'usb': usb, 'tty': tty}[way](table, bench)
        return table.end(time.monotonic() - begun)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
