# SPDX-License-Identifier: Apache-2.0
"""libmtksim in Python: a simulated phone in this process. The declarations are those of include/mtksim.h."""
import ctypes
import os

TIMEOUT, GONE, STALL = -1, -2, -3
BOOT = {'brom': 0, 'preloader': 1}
NS_PER_MS, NS_PER_S = 10**6, 10**9


class Config(ctypes.Structure):
    """struct mtksim_config"""
    _fields_ = [('chip', ctypes.c_char_p), ('boot', ctypes.c_int), ('storage', ctypes.c_char_p),
                ('storage_size', ctypes.c_uint64), ('state_dir', ctypes.c_char_p), ('rom_dir', ctypes.c_char_p),
                ('seed', ctypes.c_uint64), ('security', ctypes.c_char_p), ('fault', ctypes.c_char_p),
                ('settings', ctypes.POINTER(ctypes.c_char_p))]


class UsbId(ctypes.Structure):
    """struct mtksim_usb_id"""
    _fields_ = [('vid', ctypes.c_uint16), ('pid', ctypes.c_uint16), ('generation', ctypes.c_uint)]


def _library(path):
    lib = ctypes.CDLL(path)
    phone, size, ns = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64
    for name, result, arguments in (
            ('new', phone, (ctypes.POINTER(Config), ctypes.c_char_p, size)),
            ('free', None, (phone,)),
            ('plug', None, (phone,)),
            ('attach', ctypes.c_int, (phone, ns, ctypes.POINTER(UsbId))),
            ('identity', ctypes.c_int, (phone, ctypes.POINTER(UsbId))),
            ('write', ctypes.c_ssize_t, (phone, ctypes.c_char_p, size, ns)),
            ('taken', size, (phone,)),
            ('read', ctypes.c_ssize_t, (phone, ctypes.c_char_p, size, ns)),
            ('control', ctypes.c_int, (phone, ctypes.c_uint8, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint16,
                                       ctypes.c_char_p, ctypes.c_uint16)),
            ('sleep', None, (phone, ns)),
            ('now', ns, (phone,)),
            ('stage', ctypes.c_char_p, (phone,))):
        function = getattr(lib, 'mtksim_' + name)
        function.restype, function.argtypes = result, arguments
    return lib


class Phone:
    """One phone. Results of the library are returned as they are; times are nanoseconds of the phone's clock."""

    def __init__(self, library, state, chip, boot, storage='', rom=None, size=0, security=''):
        """A phone of that state folder; a new one is filled from a ROM and has size bytes of storage (0: as usual)."""
        self.lib = _library(library)
        text = ctypes.create_string_buffer(512)
        config = Config(chip=chip.encode(), boot=BOOT[boot], storage=storage.encode() or None, state_dir=os.fsencode(state),
                        rom_dir=os.fsencode(rom) if rom else None, storage_size=size, security=security.encode())
        self.handle = self.lib.mtksim_new(ctypes.byref(config), text, len(text))
        if not self.handle:
            raise RuntimeError(text.value.decode())

    def close(self):
        """Switches the phone off and keeps it in its folder."""
        self.lib.mtksim_free(self.handle)
        self.handle = None

    def plug(self):
        self.lib.mtksim_plug(self.handle)

    def attach(self, ns):
        """Waits until a device is on the bus; None if none comes."""
        found = UsbId()
        return found if self.lib.mtksim_attach(self.handle, ns, ctypes.byref(found)) == 0 else None

    def identity(self):
        """The device on the bus, None if there is none."""
        found = UsbId()
        return found if self.lib.mtksim_identity(self.handle, ctypes.byref(found)) == 0 else None

    def write(self, data, ns):
        """Returns (result, how many bytes were taken)."""
        result = self.lib.mtksim_write(self.handle, data, len(data), ns)
        return result, self.lib.mtksim_taken(self.handle)

    def read(self, size, ns):
        """Returns (result, bytes)."""
        room = ctypes.create_string_buffer(size)
        result = self.lib.mtksim_read(self.handle, room, size, ns)
        return result, room.raw[:max(result, 0)]

    def control(self, request_type, request, value, index, data):
        """data: what is sent, or as many bytes as may come. Returns (result, bytes)."""
        room = ctypes.create_string_buffer(bytes(data), max(len(data), 1))
        result = self.lib.mtksim_control(self.handle, request_type, request, value, index, room, len(data))
        return result, room.raw[:max(result, 0)]

    def sleep(self, ns):
        self.lib.mtksim_sleep(self.handle, ns)

    def now(self):
        return self.lib.mtksim_now(self.handle)

    def stage(self):
        return self.lib.mtksim_stage(self.handle).decode()
