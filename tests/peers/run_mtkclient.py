# SPDX-License-Identifier: Apache-2.0
"""
Runs mtkclient, unmodified, on a simulated phone:

    run_mtkclient.py usb LIBMTKSIM CHIP BOOT STATE REPORT -- WORD...   a phone in this process, on a bus that pyusb sees
    run_mtkclient.py tty DEVICE VID:PID PATIENCE -- WORD...            the terminal of `mtksim run --listen pty`

The folder of mtkclient is in MTKCLIENT_DIR. What surrounds a program is replaced here, nothing of the program:

usb: the USB bus below pyusb, and the clock that time.sleep waits for. REPORT gets what became of the phone, as JSON.
tty: the list of serial ports of pyserial, and two properties of a ttyACM that a pseudo terminal does not have; see _on_tty.
"""
import json
import os
import runpy
import sys
import time

from simphone import NS_PER_S, Phone

AFTERWARDS = 10 * NS_PER_S  # long enough for a phone that resets to go through its preloader's window


def _on_usb(phone):
    """Puts the phone where pyusb looks for libusb."""
    import usb.backend.libusb1
    from simusb import SimBackend
    backend = SimBackend(phone)
    usb.backend.libusb1.get_backend = lambda find_library=None: backend
    waited = []

    def sleep(seconds):
        # The cable goes in when the program first waits for it: one that finds a device at once takes it for a phone
        # that an earlier run has left in its agent.
        if not waited:
            waited.append(True)
            phone.plug()
        phone.sleep(int(seconds * NS_PER_S))

    time.sleep = sleep


def _on_tty(device, usb_id, patience):
    """
    Lists the terminal as the serial port of a USB device, as the kernel lists a real phone's ttyACM.

    A pseudo terminal is no USB serial port in that its kernel keeps what was written until the other end reads, and
    that "discard output" discards it. A ttyACM has handed it to the phone by then, so there is nothing to discard.

    patience: no read gives up earlier than after so many seconds; 0 leaves reads as they are.
    """
    import serial.tools.list_ports
    from serial.tools.list_ports_common import ListPortInfo
    port = ListPortInfo(device)
    port.vid, port.pid = (int(number, 16) for number in usb_id.split(':'))
    serial.tools.list_ports.comports = lambda include_links=False: [port]
    serial.Serial.reset_output_buffer = lambda self: None
    if patience:
        asked = serial.Serial.timeout
        serial.Serial.timeout = property(asked.fget, lambda self, seconds: asked.fset(
            self, None if seconds is None else max(seconds, patience)))


def _run(words):
    mtkclient = os.environ['MTKCLIENT_DIR']
    sys.path.insert(0, mtkclient)
    sys.argv = ['mtk.py', *words]
    runpy.run_path(os.path.join(mtkclient, 'mtk.py'), run_name='__main__')


def _main(words):
    cut = words.index('--')
    way, *around = words[:cut]
    if way == 'tty':
        device, usb_id, patience = around
        _on_tty(device, usb_id, float(patience))
        _run(words[cut + 1:])
        return
    library, chip, boot, state, report = around
    phone = Phone(library, state, chip, boot)
    _on_usb(phone)
    try:
        _run(words[cut + 1:])
    finally:
        left = {'stage': phone.stage(), 'on_bus': phone.identity() is not None}
        phone.sleep(AFTERWARDS)
        left['later'] = phone.stage()
        phone.close()
        with open(report, 'w', encoding='ascii') as file:
            json.dump(left, file)


if __name__ == '__main__':
    _main(sys.argv[1:])
