# SPDX-License-Identifier: Apache-2.0
"""What should be on a flash: an image as it was, and what has been written over it. Reads GPT by itself."""
import struct

CHUNK = 1 << 20


def pad(data, sector):
    """Fills the last sector with zeros."""
    return data + bytes(-len(data) % sector)


class FlashImage:
    """An image file with ranges laid over it; the file stays as it is."""

    def __init__(self, path, sector):
        self.path, self.sector = path, sector
        self.laid = []  # (offset, bytes), later ones on top
        with open(path, 'rb') as file:
            self.size = file.seek(0, 2)

    def lay(self, offset, data):
        self.laid.append((offset, data))

    def read(self, offset, size):
        with open(self.path, 'rb') as file:
            return self._read(file, offset, size)

    def _read(self, file, offset, size):
        file.seek(offset)
        data = bytearray(file.read(size))
        for start, over in self.laid:
            low, high = max(start, offset), min(start + len(over), offset + len(data))
            if low < high:
                data[low - offset:high - offset] = over[low - start:high - start]
        return bytes(data)

    def first_difference(self, path, offset=0, size=None):
        """Compares a range with a whole file. None if they are equal, else the first byte that differs, as a sentence."""
        size = self.size - offset if size is None else size
        with open(self.path, 'rb') as mine, open(path, 'rb') as theirs:
            length = theirs.seek(0, 2)
            theirs.seek(0)
            for at in range(0, size, CHUNK):
                expected = self._read(mine, offset + at, min(CHUNK, size - at))
                found = theirs.read(len(expected))
                if expected != found:
                    place = next((i for i, pair in enumerate(zip(expected, found)) if pair[0] != pair[1]), len(found))
                    return f'differs at {at + place:#x} of {size:#x}'
        return None if length == size else f'has {length:#x} bytes, not {size:#x}'

    def partitions(self):
        """{name: (offset, size)} of the GPT, in bytes, in the table's order."""
        header = self.read(self.sector, self.sector)
        if header[:8] != b'EFI PART':
            raise ValueError(f'{self.path} has no GPT')
        table, count, entry_size = struct.unpack_from('<QII', header, 72)
        entries = self.read(table * self.sector, count * entry_size)
        found = {}
        for at in range(0, len(entries), entry_size):
            first, last = struct.unpack_from('<QQ', entries, at + 32)
            if any(entries[at:at + 16]):
                name = entries[at + 56:at + 128].decode('utf-16le').rstrip('\0')
                found[name] = first * self.sector, (last - first + 1) * self.sector
        return found
