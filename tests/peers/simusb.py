# SPDX-License-Identifier: Apache-2.0
"""
A backend of pyusb whose bus has one socket, with a simulated phone in it.

Errors, their numbers and their words are those of libusb, because programs read them. What a program learns about the
device it learns from the device: descriptors are fetched with GET_DESCRIPTOR and taken apart here.
"""
import errno
import struct
from types import SimpleNamespace

import usb.core
from usb.backend import IBackend

from simphone import GONE, NS_PER_MS, STALL, TIMEOUT

DEVICE, CONFIGURATION, INTERFACE, ENDPOINT = 1, 2, 4, 5
GET_DESCRIPTOR = 6
IN = 0x80

DEVICE_FIELDS = ('bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor '
                 'idProduct bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations'), '<BBHBBBBHHHBBBB'
CONFIGURATION_FIELDS = ('bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration '
                        'bmAttributes bMaxPower'), '<BBHBBBBB'
INTERFACE_FIELDS = ('bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass '
                    'bInterfaceSubClass bInterfaceProtocol iInterface'), '<9B'
ENDPOINT_FIELDS = 'bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval', '<BBBBHB'


def _fields(layout, data, **more):
    names, form = layout
    values = struct.unpack_from(form, data)
    return SimpleNamespace(**dict(zip(names.split(), values)), extra_descriptors=[], **more)


def _descriptors(data):
    """The descriptors of a configuration, one after the other."""
    at = 0
    while at + 2 <= len(data) and data[at] >= 2:
        yield data[at:at + data[at]]
        at += data[at]


def _timed_out():
    return usb.core.USBTimeoutError('Operation timed out', -7, errno.ETIMEDOUT)


def _check(result):
    if result == TIMEOUT:
        raise _timed_out()
    if result == GONE:
        raise usb.core.USBError('No such device (it may have been disconnected)', -4, errno.ENODEV)
    if result == STALL:
        raise usb.core.USBError('Pipe error', -9, errno.EPIPE)
    return result


def _nanoseconds(timeout_ms):
    """libusb waits for ever if the timeout is 0; so does libmtksim if it is negative."""
    return timeout_ms * NS_PER_MS if timeout_ms else -1


class SimBackend(IBackend):
    """pyusb's view of the bus. A device is named by its enumeration: after a reset it is another one."""

    def __init__(self, phone):
        super().__init__()
        self.phone = phone
        self.known = {}  # generation: (device descriptor, configuration)

    # ---- descriptors ----

    def _fetch(self, kind):
        result, data = self.phone.control(IN, GET_DESCRIPTOR, kind << 8, 0, bytes(512))
        _check(result)
        return data

    def enumerate_devices(self):
        # A device that is listed is one that the kernel has enumerated and configured.
        found = self.phone.attach(0)
        if not found:
            return
        if found.generation not in self.known:
            self.known[found.generation] = self._fetch(DEVICE), self._fetch(CONFIGURATION)
        yield found.generation

    def get_device_descriptor(self, dev):
        return _fields(DEVICE_FIELDS, self.known[dev][0], bus=1, address=dev & 0x7F, port_number=1, port_numbers=(1,),
                       speed=None)

    def get_configuration_descriptor(self, dev, config):
        if config:
            raise IndexError(config)
        return _fields(CONFIGURATION_FIELDS, self.known[dev][1])

    def _interfaces(self, dev):
        """[(interface, [endpoint, ...]), ...] in the order of the configuration."""
        found = []
        for descriptor in _descriptors(self.known[dev][1]):
            if descriptor[1] == INTERFACE:
                found.append((_fields(INTERFACE_FIELDS, descriptor), []))
            elif descriptor[1] == ENDPOINT:
                found[-1][1].append(_fields(ENDPOINT_FIELDS, descriptor, bRefresh=0, bSynchAddress=0))
        return found

    def get_interface_descriptor(self, dev, intf, alt, config):
        if alt:
            raise IndexError(alt)
        return self._interfaces(dev)[intf][0]

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        return self._interfaces(dev)[intf][1][ep]

    # ---- handles ----

    def open_device(self, dev):
        return dev

    def close_device(self, dev_handle):
        pass

    def set_configuration(self, dev_handle, config_value):
        self._present(dev_handle)

    def get_configuration(self, dev_handle):
        self._present(dev_handle)
        return self.get_configuration_descriptor(dev_handle, 0).bConfigurationValue

    def set_interface_altsetting(self, dev_handle, intf, altsetting):
        self._present(dev_handle)

    def claim_interface(self, dev_handle, intf):
        self._present(dev_handle)

    def release_interface(self, dev_handle, intf):
        pass

    def clear_halt(self, dev_handle, ep):
        self._present(dev_handle)

    def reset_device(self, dev_handle):
        self._present(dev_handle)

    def is_kernel_driver_active(self, dev_handle, intf):
        return False

    def detach_kernel_driver(self, dev_handle, intf):
        raise usb.core.USBError('Entity not found', -5, errno.ENOENT)

    def attach_kernel_driver(self, dev_handle, intf):
        raise usb.core.USBError('Entity not found', -5, errno.ENOENT)

    # ---- transfers ----

    def _present(self, handle):
        found = self.phone.identity()
        if not found or found.generation != handle:
            _check(GONE)

    def ctrl_transfer(self, dev_handle, bmRequestType, bRequest, wValue, wIndex, data, timeout):
        self._present(dev_handle)
        result, answer = self.phone.control(bmRequestType, bRequest, wValue, wIndex, data)
        _check(result)
        if bmRequestType & IN:
            data[:len(answer)] = type(data)('B', answer)
        return result

    def bulk_write(self, dev_handle, ep, intf, data, timeout):
        self._present(dev_handle)
        result, taken = self.phone.write(data.tobytes(), _nanoseconds(timeout))
        if result == TIMEOUT and taken:
            return taken  # as libusb: what has moved has moved
        return _check(result)

    def bulk_read(self, dev_handle, ep, intf, buff, timeout):
        """
        A transfer ends with a short packet, or when the buffer is full. A packet that does not fit into what is left
        of the buffer is an overflow, and is lost.
        """
        self._present(dev_handle)
        packet = self._packet_size(dev_handle, ep)
        whole = -(-len(buff) // packet) * packet
        result, data = self.phone.read(whole, _nanoseconds(timeout))
        _check(result)
        if result > len(buff):
            raise usb.core.USBError('Overflow', -8, errno.EOVERFLOW)
        buff[:result] = type(buff)('B', data)
        return result

    def _packet_size(self, dev, address):
        for _, endpoints in self._interfaces(dev):
            for endpoint in endpoints:
                if endpoint.bEndpointAddress == address:
                    return endpoint.wMaxPacketSize
        raise usb.core.USBError('Entity not found', -5, errno.ENOENT)
